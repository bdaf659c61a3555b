// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "router/service/context_call.h"
#include "router/service/context_methods.h"
#include "router/service/paging.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

constexpr std::size_t kNameBytesMax = 256;
constexpr int kTagsMax = 64;

void ResolveCustomer(ContextNode& node, Instant now, const CallContext& call,
                     const ResolveCustomerRequest& request,
                     const Reply<ResolveCustomerResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId& domain = (*led)->runtime.domain();
  if (request.name().size() > kNameBytesMax) {
    return reply.Fail(TooLong("name", request.name().size(), kNameBytesMax));
  }
  node.customers.Resolve(domain, request, ChangeOf(call, now),
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

Result<void> ApplyChanges(const UpdateCustomerRequest& request, Customer& customer) {
  if (request.version() != 0 && request.version() != customer.version()) {
    return Error{Code::kAborted, "VERSION_CHANGED",
                 "the record is at version " + std::to_string(customer.version()) + ", not " +
                     std::to_string(request.version()),
                 "read the customer and change it again"};
  }
  if (request.has_name()) customer.set_name(request.name());
  if (request.has_tier()) customer.set_tier(request.tier());
  if (request.has_language()) customer.set_language(request.language());
  if (request.has_relationship_owner()) {
    customer.set_relationship_owner(request.relationship_owner());
  }
  auto& tags = *customer.mutable_tags();
  for (const std::string& tag : request.remove_tags()) {
    tags.erase(std::remove(tags.begin(), tags.end(), tag), tags.end());
  }
  for (const std::string& tag : request.add_tags()) {
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) *tags.Add() = tag;
  }
  for (const auto& [key, value] : request.attributes()) {
    if (value.empty()) {
      customer.mutable_attributes()->erase(key);
    } else {
      (*customer.mutable_attributes())[key] = value;
    }
  }
  if (tags.size() > kTagsMax || customer.attributes_size() > kTagsMax) {
    return Error{Code::kResourceExhausted, "TOO_MANY_TAGS",
                 "a customer has at most 64 tags and 64 attributes", "remove some first"};
  }
  return {};
}

void UpdateCustomer(ContextNode& node, Instant now, const CallContext& call,
                    const UpdateCustomerRequest& request,
                    const Reply<UpdateCustomerResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId& domain = (*led)->runtime.domain();
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  if (request.ByteSizeLong() > 64 * 1024) {
    return reply.Fail(TooLong("the change", request.ByteSizeLong(), 64 * 1024));
  }
  node.customers.Edit(
      domain, *id, ChangeOf(call, now),
      [request](Customer& customer) { return ApplyChanges(request, customer); },
      [reply](Result<Customer> customer) {
        if (!customer.ok()) return reply.Fail(customer.error());
        UpdateCustomerResponse response;
        *response.mutable_customer() = *std::move(customer);
        reply.Send(std::move(response));
      });
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
  AddContextMethod(node, now, table, "ContextService", "ListCustomers", ListCustomers);
}

}  // namespace usher::service
