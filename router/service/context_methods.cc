// SPDX-License-Identifier: Apache-2.0
#include "router/service/context_methods.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "router/service/paging.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;
using std::size_t;

constexpr size_t kTextBytesMax = 8 * 1024;
constexpr size_t kNoteBytesMax = 4 * 1024;
constexpr size_t kNameBytesMax = 256;
constexpr size_t kClientIdBytesMax = 64;
constexpr int kAppendMax = 200;
constexpr int kTagsMax = 64;

Error TooLong(const char* field, size_t bytes, size_t bytes_max) {
  return {Code::kInvalidArgument, "TOO_LONG",
          std::string(field) + " has " + std::to_string(bytes) + " bytes",
          "send at most " + std::to_string(bytes_max)};
}

Result<CustomerId> ParseCustomerId(const std::string& text) {
  const bool sound =
      !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
      });
  if (sound) return CustomerId{text};
  return Error{Code::kInvalidArgument, text.empty() ? "MISSING_CUSTOMER_ID" : "BAD_CUSTOMER_ID",
               "customer_id is not one of ours", "resolve the customer's address first"};
}

// Customers and conversations are kept by domain, so every call needs one.
Result<DomainId> DomainOf(const CallContext& call) {
  if (call.claims.domain) return call.claims.domain;
  return Error{Code::kInvalidArgument, "MISSING_DOMAIN", "the token names no domain",
               "use a token of the domain"};
}

void ResolveCustomer(ContextNode& node, Instant now, const CallContext& call,
                     const ResolveCustomerRequest& request,
                     const Reply<ResolveCustomerResponse>& reply) {
  const Result<DomainId> domain = DomainOf(call);
  if (!domain.ok()) return reply.Fail(domain.error());
  if (request.name().size() > kNameBytesMax) {
    return reply.Fail(TooLong("name", request.name().size(), kNameBytesMax));
  }
  node.customers.Resolve(*domain, request, {call.claims.subject, now},
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
  const Result<DomainId> domain = DomainOf(call);
  if (!domain.ok()) return reply.Fail(domain.error());
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  node.customers.Get(*domain, *id, [reply](Result<Customer> customer) {
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
  const Result<DomainId> domain = DomainOf(call);
  if (!domain.ok()) return reply.Fail(domain.error());
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  if (request.ByteSizeLong() > 64 * 1024) {
    return reply.Fail(TooLong("the change", request.ByteSizeLong(), 64 * 1024));
  }
  node.customers.Edit(
      *domain, *id, {call.claims.subject, now},
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
  const Result<DomainId> domain = DomainOf(call);
  if (!domain.ok()) return reply.Fail(domain.error());
  if (request.has_identity()) {
    return node.customers.Find(*domain, request.identity(), [reply](Result<Customer> customer) {
      ListCustomersResponse response;
      if (customer.ok()) {
        *response.add_customers() = *std::move(customer);
      } else if (customer.error().code != Code::kNotFound) {
        return reply.Fail(customer.error());
      }
      reply.Send(std::move(response));
    });
  }
  node.customers.List(*domain, request.page().page_token(), PageSize(request.page()),
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

void ListTimeline(ContextNode& node, Instant, const CallContext& call,
                  const ListTimelineRequest& request, const Reply<ListTimelineResponse>& reply) {
  const Result<DomainId> domain = DomainOf(call);
  if (!domain.ok()) return reply.Fail(domain.error());
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  node.timelines.Read(*domain, *id, request.page().page_token(), PageSize(request.page()),
                      [reply](Result<context::TimelinePage> page) {
                        if (!page.ok()) return reply.Fail(page.error());
                        ListTimelineResponse response;
                        for (TimelineEntry& entry : page->entries) {
                          *response.add_entries() = std::move(entry);
                        }
                        response.mutable_page()->set_next_page_token(page->next);
                        reply.Send(std::move(response));
                      });
}

void AddNote(ContextNode& node, Instant now, const CallContext& call, const AddNoteRequest& request,
             const Reply<AddNoteResponse>& reply) {
  const Result<DomainId> domain = DomainOf(call);
  if (!domain.ok()) return reply.Fail(domain.error());
  const Result<CustomerId> id = ParseCustomerId(request.customer_id());
  if (!id.ok()) return reply.Fail(id.error());
  if (request.text().empty()) {
    return reply.Fail({Code::kInvalidArgument, "EMPTY_TEXT", "the note says nothing", "write one"});
  }
  if (request.text().size() > kNoteBytesMax) {
    return reply.Fail(TooLong("text", request.text().size(), kNoteBytesMax));
  }
  TimelineEntry entry;
  *entry.mutable_at() = ToTimestamp(now);
  entry.set_contact_id(request.contact_id());
  if (!request.contact_id().empty()) {
    if (const auto contact = ParseContactId(request.contact_id()); !contact.ok()) {
      return reply.Fail(contact.error());
    }
  }
  const bool speaks_for_others = call.claims.role == io::Role::kAdapter;
  entry.mutable_note()->set_author(
      speaks_for_others && !request.author().empty() ? request.author() : call.claims.subject);
  entry.mutable_note()->set_text(request.text());
  // A note on a customer who is not there would never be read again.
  node.customers.Get(*domain, *id,
                     [&node, domain = *domain, id = *id, request_id = request.request_id(), entry,
                      reply](Result<Customer> customer) {
                       if (!customer.ok()) return reply.Fail(customer.error());
                       node.timelines.AddNote(domain, id, request_id, entry,
                                              [reply](Result<TimelineEntry> added) {
                                                if (!added.ok()) return reply.Fail(added.error());
                                                AddNoteResponse response;
                                                *response.mutable_entry() = *std::move(added);
                                                reply.Send(std::move(response));
                                              });
                     });
}

void ListMessages(ContextNode& node, Instant, const CallContext& call,
                  const ListMessagesRequest& request, const Reply<ListMessagesResponse>& reply) {
  const Result<DomainId> domain = DomainOf(call);
  if (!domain.ok()) return reply.Fail(domain.error());
  if (const auto contact = ParseContactId(request.contact_id()); !contact.ok()) {
    return reply.Fail(contact.error());
  }
  const size_t limit = request.limit() == 0 ? 200 : std::min<size_t>(request.limit(), 1000);
  const auto read_marks = [&node, domain = *domain, contact = request.contact_id(),
                           reply](ListMessagesResponse response) {
    node.conversations.ReadMarks(
        domain, contact,
        [reply, response = std::move(response)](Result<std::vector<Mark>> marks) mutable {
          if (!marks.ok()) return reply.Fail(marks.error());
          for (Mark& mark : *marks) *response.add_marks() = std::move(mark);
          reply.Send(std::move(response));
        });
  };
  node.conversations.Read(*domain, request.contact_id(), request.after_message(), limit,
                          [reply, read_marks](Result<context::Messages> read) {
                            if (!read.ok()) return reply.Fail(read.error());
                            ListMessagesResponse response;
                            for (Message& message : read->messages) {
                              *response.add_messages() = std::move(message);
                            }
                            response.set_more(read->more);
                            read_marks(std::move(response));
                          });
}

void AppendMessages(ContextNode& node, Instant now, const CallContext& call,
                    const AppendMessagesRequest& request,
                    const Reply<AppendMessagesResponse>& reply) {
  const Result<DomainId> domain = DomainOf(call);
  if (!domain.ok()) return reply.Fail(domain.error());
  if (Result<void> led = node.leads(*domain); !led.ok()) return reply.Fail(led.error());
  if (request.messages_size() == 0 || request.messages_size() > kAppendMax) {
    return reply.Fail({Code::kInvalidArgument, "BAD_COUNT", "messages has none, or more than 200",
                       "send 1 to 200 at a time"});
  }
  std::vector<Message> messages;
  for (const Message& message : request.messages()) {
    Result<Message> appendable = ToAppendable(call.claims, message, now);
    if (!appendable.ok()) return reply.Fail(appendable.error());
    messages.push_back(*std::move(appendable));
  }
  auto response = std::make_shared<AppendMessagesResponse>();
  auto failed = std::make_shared<bool>(false);
  auto left = std::make_shared<size_t>(messages.size());
  for (Message& message : messages) {
    node.conversations.Append(
        *domain, std::move(message),
        [&node, domain = *domain, response, failed, left, reply](Result<context::Appended> said) {
          if (*failed) return;
          if (!said.ok()) {
            *failed = true;
            return reply.Fail(said.error());
          }
          *response->add_messages() = said->message;
          if (!said->repeated) {
            ConversationEvent event;
            event.set_contact_id(said->message.contact_id());
            *event.mutable_message() = std::move(said->message);
            node.hub.Publish(domain, std::move(event));
          }
          if (--*left == 0) reply.Send(std::move(*response));
        });
  }
}

template <class Request, class Response>
void Add(ContextNode& node, const std::function<Instant()>& now, io::MethodTable& table,
         const std::string& name,
         void (*run)(ContextNode&, Instant, const CallContext&, const Request&,
                     const Reply<Response>&)) {
  table.Add<Request, Response>(
      "/usher.context.v1.ContextService/" + name,
      [&node, now, run](const CallContext& call, const Request& request,
                        const Reply<Response>& reply) { run(node, now(), call, request, reply); });
}

}  // namespace

Result<Message> ToAppendable(const io::Claims& caller, Message message, Instant now) {
  if (const auto contact = ParseContactId(message.contact_id()); !contact.ok()) {
    return contact.error();
  }
  if (message.text().empty()) {
    return Error{Code::kInvalidArgument, "EMPTY_TEXT", "the message says nothing",
                 "write something"};
  }
  if (message.text().size() > kTextBytesMax) {
    return TooLong("text", message.text().size(), kTextBytesMax);
  }
  if (message.client_id().size() > kClientIdBytesMax) {
    return TooLong("client_id", message.client_id().size(), kClientIdBytesMax);
  }
  Author& author = *message.mutable_author();
  if (caller.role == io::Role::kAgent) {
    author.set_side(Author::SIDE_AGENT);
    author.set_id(caller.subject);
  }
  if (author.side() == Author::SIDE_UNSPECIFIED || !Author::Side_IsValid(author.side())) {
    return Error{Code::kInvalidArgument, "MISSING_AUTHOR", "the message does not say whose it is",
                 "set author.side and author.id"};
  }
  if (author.id().size() > 128 || author.name().size() > kNameBytesMax) {
    return TooLong("author", author.id().size() + author.name().size(), kNameBytesMax);
  }
  *message.mutable_at() = ToTimestamp(now);
  return message;
}

void AddContextMethods(ContextNode& node, std::function<Instant()> now, io::MethodTable& table) {
  Add(node, now, table, "ResolveCustomer", ResolveCustomer);
  Add(node, now, table, "GetCustomer", GetCustomer);
  Add(node, now, table, "UpdateCustomer", UpdateCustomer);
  Add(node, now, table, "ListCustomers", ListCustomers);
  Add(node, now, table, "ListTimeline", ListTimeline);
  Add(node, now, table, "AddNote", AddNote);
  Add(node, now, table, "ListMessages", ListMessages);
  Add(node, now, table, "AppendMessages", AppendMessages);
}

}  // namespace usher::service
