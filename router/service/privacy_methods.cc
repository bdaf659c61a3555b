// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>

#include "router/service/context_call.h"
#include "router/service/context_methods.h"
#include "router/service/erasure.h"
#include "router/service/paging.h"
#include "usher/context/v1/privacy_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

void ListReads(ContextNode& node, Instant, const CallContext& call, const ListReadsRequest& request,
               const Reply<ListReadsResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId domain = (*led)->runtime.domain();
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  FindRecords(node, domain, *id,
              [&node, domain, token = request.page().page_token(), limit = PageSize(request.page()),
               reply](Result<std::vector<CustomerId>> records) {
                if (!records.ok()) return reply.Fail(records.error());
                node.reads.List(domain, *records, token, limit,
                                [reply](Result<context::ReadPage> page) {
                                  if (!page.ok()) return reply.Fail(page.error());
                                  ListReadsResponse response;
                                  for (CustomerRead& read : page->reads) {
                                    *response.add_reads() = std::move(read);
                                  }
                                  response.mutable_page()->set_next_page_token(page->next);
                                  reply.Send(std::move(response));
                                });
              });
}

void EraseCustomer(ContextNode& node, Instant now, const CallContext& call,
                   const EraseCustomerRequest& request, const Reply<EraseCustomerResponse>& reply) {
  constexpr std::size_t kReasonBytesMax = 1024;
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  if (request.reason().empty()) {
    return reply.Fail({Code::kInvalidArgument, "MISSING_REASON", "reason says nothing",
                       "say why the customer is erased, without naming the person"});
  }
  if (request.reason().size() > kReasonBytesMax) {
    return reply.Fail(TooLong("reason", request.reason().size(), kReasonBytesMax));
  }
  // The customer's id makes it idempotent, whatever the request id: it can be erased only once.
  std::make_shared<Erasure>(
      node, **led,
      Erasure::Wish{
          .customer = *id, .by = call.acting_subject(), .reason = request.reason(), .at = now},
      [reply](Result<EraseCustomerResponse> erased) { reply(std::move(erased)); })
      ->Begin();
}

}  // namespace

void AddPrivacyMethods(ContextNode& node, const std::function<Instant()>& now,
                       io::MethodTable& table) {
  AddContextMethod(node, now, table, "PrivacyService", "ListReads", ListReads);
  AddContextMethod(node, now, table, "PrivacyService", "EraseCustomer", EraseCustomer);
}

}  // namespace usher::service
