// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "router/context/calling_code.h"
#include "router/service/context_call.h"
#include "router/service/context_methods.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

constexpr std::size_t kQueryBytesMax = 128;
constexpr std::uint32_t kHitsDefault = 20;
constexpr std::uint32_t kHitsMax = 100;

std::string CallingCodeOf(const DomainNode& led) {
  return context::CallingCode(led.runtime.engine().domain().customers.country);
}

void SearchCustomers(ContextNode& node, Instant, const CallContext& call,
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
  const std::uint32_t limit =
      request.limit() == 0 ? kHitsDefault : std::min(request.limit(), kHitsMax);
  node.search.Search({(*led)->runtime.domain(), request.query(), limit, CallingCodeOf(**led)},
                     [reply](Result<SearchCustomersResponse> found) {
                       if (!found.ok()) return reply.Fail(found.error());
                       reply.Send(*std::move(found));
                     });
}

void SuggestDuplicates(ContextNode& node, Instant, const CallContext& call,
                       const SuggestDuplicatesRequest& request,
                       const Reply<SuggestDuplicatesResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  node.duplicates.Suggest({(*led)->runtime.domain(), *id, CallingCodeOf(**led)},
                          [reply](Result<SuggestDuplicatesResponse> found) {
                            if (!found.ok()) return reply.Fail(found.error());
                            reply.Send(*std::move(found));
                          });
}

}  // namespace

void AddSearchMethods(ContextNode& node, const std::function<Instant()>& now,
                      io::MethodTable& table) {
  AddContextMethod(node, now, table, "ContextService", "SearchCustomers", SearchCustomers);
  AddContextMethod(node, now, table, "ContextService", "SuggestDuplicates", SuggestDuplicates);
}

}  // namespace usher::service
