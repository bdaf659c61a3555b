// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "router/context/calling_code.h"
#include "router/service/context_call.h"
#include "router/service/context_methods.h"
#include "router/service/customer_access.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

constexpr std::size_t kQueryBytesMax = 128;
constexpr std::uint32_t kHitsDefault = 20;
constexpr std::uint32_t kHitsMax = 100;

// How the reads of these methods are put on record: for each customer that is shown.
constexpr AccessRule kSearched{"ContextService/SearchCustomers", Touches::kNothing, true};
constexpr AccessRule kSuggested{"ContextService/SuggestDuplicates", Touches::kNothing, true};

std::string CallingCodeOf(const DomainNode& led) {
  return context::CallingCode(led.runtime.engine().domain().customers.country);
}

// A customer that an answer is about to show.
struct Shown {
  Customer* customer = nullptr;
  bool with_name = false;  // also to those who may not see the customer
};

// Of a customer whom the caller may not see: that there is one, and the name where it was what was
// typed, so that she can ask for the right.
void Mask(const Shown& shown) {
  Customer masked;
  masked.set_id(shown.customer->id());
  if (shown.with_name) masked.set_name(shown.customer->name());
  *shown.customer = std::move(masked);
}

// A record that can be read has a version.
bool IsMasked(const Customer& customer) { return customer.version() == 0; }

// Masks those whom the call's person may not see, and puts on record that the others were read.
void Screen(ContextNode& node, const DomainNode& led, const CallContext& call, Instant now,
            const AccessRule& rule, const std::vector<Shown>& shown,
            std::function<void(Result<void>)> done) {
  struct Screening {
    std::size_t left = 0;
    Result<void> result;
    std::function<void(Result<void>)> done;
  };
  if (shown.empty()) return done({});
  const auto screening = std::make_shared<Screening>();
  screening->left = shown.size();
  screening->done = std::move(done);
  const auto end = [screening](Result<void> result) {
    if (!result.ok()) screening->result = std::move(result);
    if (--screening->left == 0) screening->done(std::move(screening->result));
  };
  for (const Shown& one : shown) {
    const CustomerId id{one.customer->id()};
    AdmitToCustomer(node, led, call, now, id,
                    [&node, &led, call, now, &rule, one, end](Result<Admission> admission) {
                      if (admission.ok()) {
                        return RecordRead(node, led, call, now, rule, *admission, end);
                      }
                      if (admission.error().code != Code::kPermissionDenied) {
                        return end(admission.error());
                      }
                      Mask(one);
                      end({});
                    });
  }
}

void SearchCustomers(ContextNode& node, Instant now, const CallContext& call,
                     const SearchCustomersRequest& request,
                     const Reply<SearchCustomersResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  if (request.query().size() > kQueryBytesMax) {
    return reply.Fail(TooLong("query", request.query().size(), kQueryBytesMax));
  }
  if (request.query().find_first_not_of(" \t\r\n") == std::string::npos) {
    return reply.Fail({Code::kInvalidArgument, "EMPTY_QUERY", "query is empty",
                       "send at least one letter of a name, a number or an address"});
  }
  const auto show = [&node, led = *led, call, now, reply](Result<SearchCustomersResponse> found) {
    if (!found.ok()) return reply.Fail(found.error());
    const auto response = std::make_shared<SearchCustomersResponse>(*std::move(found));
    std::vector<Shown> shown;
    for (SearchHit& hit : *response->mutable_hits()) {
      const auto& matched = hit.matched();
      const bool by_name = std::find(matched.begin(), matched.end(), "name") != matched.end();
      shown.push_back({hit.mutable_customer(), by_name});
    }
    Screen(node, *led, call, now, kSearched, shown, [response, reply](Result<void> screened) {
      if (!screened.ok()) return reply.Fail(screened.error());
      reply.Send(std::move(*response));
    });
  };
  const std::uint32_t limit =
      request.limit() == 0 ? kHitsDefault : std::min(request.limit(), kHitsMax);
  node.search.Search({(*led)->runtime.domain(), request.query(), limit, CallingCodeOf(**led)},
                     show);
}

void SuggestDuplicates(ContextNode& node, Instant now, const CallContext& call,
                       const SuggestDuplicatesRequest& request,
                       const Reply<SuggestDuplicatesResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  const auto show = [&node, led = *led, call, now, reply](Result<SuggestDuplicatesResponse> found) {
    if (!found.ok()) return reply.Fail(found.error());
    const auto response = std::make_shared<SuggestDuplicatesResponse>(*std::move(found));
    std::vector<Shown> shown;
    for (Duplicate& duplicate : *response->mutable_duplicates()) {
      shown.push_back({duplicate.mutable_customer(), false});
    }
    Screen(node, *led, call, now, kSuggested, shown, [response, reply](Result<void> screened) {
      if (!screened.ok()) return reply.Fail(screened.error());
      // Evidence quotes both: whoever may not see the other one may not read of it either.
      for (Duplicate& duplicate : *response->mutable_duplicates()) {
        if (!IsMasked(duplicate.customer())) continue;
        for (Evidence& evidence : *duplicate.mutable_evidence()) evidence.clear_text();
      }
      reply.Send(std::move(*response));
    });
  };
  node.duplicates.Suggest({(*led)->runtime.domain(), *id, CallingCodeOf(**led)}, show);
}

}  // namespace

void AddSearchMethods(ContextNode& node, const std::function<Instant()>& now,
                      io::MethodTable& table) {
  AddContextMethod(node, now, table, "ContextService", "SearchCustomers", SearchCustomers);
  AddContextMethod(node, now, table, "ContextService", "SuggestDuplicates", SuggestDuplicates);
}

}  // namespace usher::service
