// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "router/service/context_call.h"
#include "router/service/context_methods.h"
#include "router/service/paging.h"
#include "usher/context/v1/privacy_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

void ListChanges(ContextNode& node, Instant, const CallContext& call,
                 const ListChangesRequest& request, const Reply<ListChangesResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId& domain = (*led)->runtime.domain();
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  node.customers.ListChanges(domain, *id, request.page().page_token(), PageSize(request.page()),
                             [reply](Result<context::ChangePage> page) {
                               if (!page.ok()) return reply.Fail(page.error());
                               ListChangesResponse response;
                               for (CustomerChange& change : page->changes) {
                                 *response.add_changes() = std::move(change);
                               }
                               response.mutable_page()->set_next_page_token(page->next);
                               reply.Send(std::move(response));
                             });
}

void RevertChange(ContextNode& node, Instant now, const CallContext& call,
                  const RevertChangeRequest& request, const Reply<RevertChangeResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  if (request.request_id().size() > kRequestIdBytesMax) {
    return reply.Fail(TooLong("request_id", request.request_id().size(), kRequestIdBytesMax));
  }
  node.desk.Revert((*led)->runtime.domain(), *id, request.change_id(),
                   AsRequest(ChangeOf(call, now), "RevertChange", request.request_id()),
                   [reply](Result<Customer> customer) {
                     if (!customer.ok()) return reply.Fail(customer.error());
                     RevertChangeResponse response;
                     *response.mutable_customer() = *std::move(customer);
                     reply.Send(std::move(response));
                   });
}

}  // namespace

void AddChangeMethods(ContextNode& node, const std::function<Instant()>& now,
                      io::MethodTable& table) {
  AddContextMethod(node, now, table, "PrivacyService", "ListChanges", ListChanges);
  AddContextMethod(node, now, table, "PrivacyService", "RevertChange", RevertChange);
}

}  // namespace usher::service
