// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <string>
#include <utility>

#include "router/service/context_call.h"
#include "router/service/context_methods.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

constexpr std::size_t kReasonBytesMax = 1024;
constexpr std::size_t kRequestIdBytesMax = 128;

// INVALID_ARGUMENT: MISSING_CUSTOMER_ID, BAD_CUSTOMER_ID, TOO_LONG, WORD_REFUSED.
template <class Request>
Result<context::CustomerMerge::Request> ToMerge(ContextNode& node, DomainNode& led,
                                                const CallContext& call, Instant now,
                                                const Request& request) {
  const Result<CustomerId> customer = ParseCustomerId(request.customer_id());
  if (!customer.ok()) return customer.error();
  const Result<CustomerId> other = ParseCustomerId(request.other_customer_id());
  if (!other.ok()) {
    Error error = other.error();
    error.message = "other_customer_id is not one of ours";
    return error;
  }
  if (request.reason().size() > kReasonBytesMax) {
    return TooLong("reason", request.reason().size(), kReasonBytesMax);
  }
  if (request.request_id().size() > kRequestIdBytesMax) {
    return TooLong("request_id", request.request_id().size(), kRequestIdBytesMax);
  }
  const Result<void> words = WordsOf(node, led)("the reason", request.reason());
  if (!words.ok()) return words.error();
  return context::CustomerMerge::Request{
      led.runtime.domain(), *customer,        *other,
      request.request_id(), request.reason(), ChangeOf(call, now)};
}

void MergeCustomers(ContextNode& node, Instant now, const CallContext& call,
                    const MergeCustomersRequest& request,
                    const Reply<MergeCustomersResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const auto merge = ToMerge(node, **led, call, now, request);
  if (!merge.ok()) return reply.Fail(merge.error());
  node.merges.Merge(*merge, [&node, merge = *merge, reply](Result<Customer> customer) {
    // Those who follow the record that went are shown the one that stands for it.
    node.timeline_hub.Publish(merge.domain, merge.other);
    node.timeline_hub.Publish(merge.domain, merge.customer);
    if (!customer.ok()) return reply.Fail(customer.error());
    MergeCustomersResponse response;
    *response.mutable_customer() = *std::move(customer);
    reply.Send(std::move(response));
  });
}

void UndoMerge(ContextNode& node, Instant now, const CallContext& call,
               const UndoMergeRequest& request, const Reply<UndoMergeResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const auto merge = ToMerge(node, **led, call, now, request);
  if (!merge.ok()) return reply.Fail(merge.error());
  node.merges.Undo(*merge,
                   [&node, merge = *merge, reply](Result<context::CustomerMerge::Parted> parted) {
                     node.timeline_hub.Publish(merge.domain, merge.other);
                     node.timeline_hub.Publish(merge.domain, merge.customer);
                     if (!parted.ok()) return reply.Fail(parted.error());
                     UndoMergeResponse response;
                     *response.mutable_customer() = std::move(parted->customer);
                     *response.mutable_other() = std::move(parted->other);
                     reply.Send(std::move(response));
                   });
}

}  // namespace

void AddMergeMethods(ContextNode& node, const std::function<Instant()>& now,
                     io::MethodTable& table) {
  AddContextMethod(node, now, table, "ContextService", "MergeCustomers", MergeCustomers);
  AddContextMethod(node, now, table, "ContextService", "UndoMerge", UndoMerge);
}

}  // namespace usher::service
