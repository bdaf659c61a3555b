// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "router/service/context_call.h"
#include "router/service/context_methods.h"
#include "router/service/paging.h"
#include "router/service/profile_rules.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

constexpr std::size_t kChangeBytesMax = 64 * 1024;

void ResolveCustomer(ContextNode& node, Instant now, const CallContext& call,
                     const ResolveCustomerRequest& request,
                     const Reply<ResolveCustomerResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId& domain = (*led)->runtime.domain();
  // An adapter that sends what may not stand there must not lose the contact: the name that a
  // customer gives himself is left out, and everything else goes on.
  ResolveCustomerRequest told = request;
  Customer given;
  given.set_name(request.name());
  given.set_language(request.language());
  const Result<void> sound =
      CheckProfile(given, (*led)->runtime.engine().domain(), WordsOf(node, **led));
  if (!sound.ok() && sound.error().reason == "WORD_REFUSED") {
    told.clear_name();
  } else if (!sound.ok()) {
    return reply.Fail(sound.error());
  }
  node.customers.Resolve(domain, told, ChangeOf(call, now),
                         [reply](Result<context::Resolved> resolved) {
                           if (!resolved.ok()) return reply.Fail(resolved.error());
                           ResolveCustomerResponse response;
                           *response.mutable_customer() = std::move(resolved->customer);
                           response.set_created(resolved->created);
                           for (Identity& conflict : resolved->conflicts) {
                             *response.add_conflicts() = std::move(conflict);
                           }
                           reply.Send(std::move(response));
                         });
}

void GetCustomer(ContextNode& node, Instant, const CallContext& call,
                 const GetCustomerRequest& request, const Reply<GetCustomerResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId& domain = (*led)->runtime.domain();
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  node.customers.Get(domain, *id, [reply](Result<Customer> customer) {
    if (!customer.ok()) return reply.Fail(customer.error());
    GetCustomerResponse response;
    *response.mutable_customer() = *std::move(customer);
    reply.Send(std::move(response));
  });
}

// Answers with the customer.
template <class Response>
std::function<void(Result<Customer>)> AnswerWith(const Reply<Response>& reply) {
  return [reply](Result<Customer> customer) {
    if (!customer.ok()) return reply.Fail(customer.error());
    Response response;
    *response.mutable_customer() = *std::move(customer);
    reply.Send(std::move(response));
  };
}

// What every change of one customer is held against before anything else.
template <class Request>
Result<CustomerId> CheckChange(const Request& request) {
  if (request.request_id().size() > kRequestIdBytesMax) {
    return TooLong("request_id", request.request_id().size(), kRequestIdBytesMax);
  }
  if (request.ByteSizeLong() > kChangeBytesMax) {
    return TooLong("the change", request.ByteSizeLong(), kChangeBytesMax);
  }
  return ParseCustomerId(request.customer_id());
}

void UpdateCustomer(ContextNode& node, Instant now, const CallContext& call,
                    const UpdateCustomerRequest& request,
                    const Reply<UpdateCustomerResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const Result<CustomerId> id = CheckChange(request);
  if (!id.ok()) return reply.Fail(id.error());
  const engine::Domain& domain = (*led)->runtime.engine().domain();
  const Result<void> sound = CheckProfile(request, domain, WordsOf(node, **led));
  if (!sound.ok()) return reply.Fail(sound.error());
  node.customers.Edit(
      (*led)->runtime.domain(), *id,
      AsRequest(ChangeOf(call, now), "UpdateCustomer", request.request_id()),
      [request, now](Customer& customer) { return ApplyProfile(request, now, customer); },
      AnswerWith(reply));
}

void CreateCustomer(ContextNode& node, Instant now, const CallContext& call,
                    const CreateCustomerRequest& request,
                    const Reply<CreateCustomerResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  if (request.request_id().size() > kRequestIdBytesMax) {
    return reply.Fail(TooLong("request_id", request.request_id().size(), kRequestIdBytesMax));
  }
  if (request.ByteSizeLong() > kChangeBytesMax) {
    return reply.Fail(TooLong("the customer", request.ByteSizeLong(), kChangeBytesMax));
  }
  const engine::Domain& domain = (*led)->runtime.engine().domain();
  const Result<void> sound = CheckProfile(request.customer(), domain, WordsOf(node, **led));
  if (!sound.ok()) return reply.Fail(sound.error());
  // Of what was sent only what a change may set, and the addresses.
  Customer wanted;
  if (Result<void> set = ApplyProfile(ToUpdate(request.customer()), now, wanted); !set.ok()) {
    return reply.Fail(set.error());
  }
  *wanted.mutable_identities() = request.customer().identities();
  node.desk.Create((*led)->runtime.domain(), std::move(wanted),
                   AsRequest(ChangeOf(call, now), "CreateCustomer", request.request_id()),
                   request.request_id(), AnswerWith(reply));
}

void AddIdentity(ContextNode& node, Instant now, const CallContext& call,
                 const AddIdentityRequest& request, const Reply<AddIdentityResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const Result<CustomerId> id = CheckChange(request);
  if (!id.ok()) return reply.Fail(id.error());
  node.desk.AddIdentity((*led)->runtime.domain(), *id, request.identity(),
                        AsRequest(ChangeOf(call, now), "AddIdentity", request.request_id()),
                        AnswerWith(reply));
}

void RemoveIdentity(ContextNode& node, Instant now, const CallContext& call,
                    const RemoveIdentityRequest& request,
                    const Reply<RemoveIdentityResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const Result<CustomerId> id = CheckChange(request);
  if (!id.ok()) return reply.Fail(id.error());
  node.desk.RemoveIdentity((*led)->runtime.domain(), *id, request.identity(),
                           AsRequest(ChangeOf(call, now), "RemoveIdentity", request.request_id()),
                           AnswerWith(reply));
}

void ListCustomers(ContextNode& node, Instant, const CallContext& call,
                   const ListCustomersRequest& request, const Reply<ListCustomersResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId& domain = (*led)->runtime.domain();
  if (request.has_identity()) {
    return node.customers.Find(domain, request.identity(), [reply](Result<Customer> customer) {
      ListCustomersResponse response;
      if (customer.ok()) {
        *response.add_customers() = *std::move(customer);
      } else if (customer.error().code != Code::kNotFound) {
        return reply.Fail(customer.error());
      }
      reply.Send(std::move(response));
    });
  }
  node.customers.List(domain, request.page().page_token(), PageSize(request.page()),
                      [reply](Result<context::CustomerPage> page) {
                        if (!page.ok()) return reply.Fail(page.error());
                        ListCustomersResponse response;
                        for (Customer& customer : page->customers) {
                          *response.add_customers() = std::move(customer);
                        }
                        response.mutable_page()->set_next_page_token(page->next);
                        reply.Send(std::move(response));
                      });
}

}  // namespace

void AddCustomerMethods(ContextNode& node, const std::function<Instant()>& now,
                        io::MethodTable& table) {
  AddContextMethod(node, now, table, "ContextService", "ResolveCustomer", ResolveCustomer);
  AddContextMethod(node, now, table, "ContextService", "GetCustomer", GetCustomer);
  AddContextMethod(node, now, table, "ContextService", "UpdateCustomer", UpdateCustomer);
  AddContextMethod(node, now, table, "ContextService", "CreateCustomer", CreateCustomer);
  AddContextMethod(node, now, table, "ContextService", "AddIdentity", AddIdentity);
  AddContextMethod(node, now, table, "ContextService", "RemoveIdentity", RemoveIdentity);
  AddContextMethod(node, now, table, "ContextService", "ListCustomers", ListCustomers);
}

}  // namespace usher::service
