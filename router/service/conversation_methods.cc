// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "router/service/context_call.h"
#include "router/service/context_methods.h"
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
constexpr size_t kNameBytesMax = 256;
constexpr size_t kClientIdBytesMax = 64;
constexpr int kAppendMax = 200;

void ListMessages(ContextNode& node, Instant, const CallContext& call,
                  const ListMessagesRequest& request, const Reply<ListMessagesResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId& domain = (*led)->runtime.domain();
  if (const auto contact = ParseContactId(request.contact_id()); !contact.ok()) {
    return reply.Fail(contact.error());
  }
  const size_t limit = request.limit() == 0 ? 200 : std::min<size_t>(request.limit(), 1000);
  const auto read_marks = [&node, domain, contact = request.contact_id(),
                           reply](ListMessagesResponse response) {
    node.conversations.ReadMarks(
        domain, contact,
        [reply, response = std::move(response)](Result<std::vector<Mark>> marks) mutable {
          if (!marks.ok()) return reply.Fail(marks.error());
          for (Mark& mark : *marks) *response.add_marks() = std::move(mark);
          reply.Send(std::move(response));
        });
  };
  node.conversations.Read(domain, request.contact_id(), request.after_message(), limit,
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
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId& domain = (*led)->runtime.domain();
  if (request.messages_size() == 0 || request.messages_size() > kAppendMax) {
    return reply.Fail({Code::kInvalidArgument, "BAD_COUNT", "messages has none, or more than 200",
                       "send 1 to 200 at a time"});
  }
  std::vector<Message> messages;
  for (const Message& message : request.messages()) {
    Result<Message> appendable = ToAppendable(call, message, now);
    if (!appendable.ok()) return reply.Fail(appendable.error());
    messages.push_back(*std::move(appendable));
  }
  auto response = std::make_shared<AppendMessagesResponse>();
  auto failed = std::make_shared<bool>(false);
  auto left = std::make_shared<size_t>(messages.size());
  for (Message& message : messages) {
    node.conversations.Append(
        domain, std::move(message),
        [&node, domain, response, failed, left, reply](Result<context::Appended> said) {
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

}  // namespace

Result<Message> ToAppendable(const CallContext& call, Message message, Instant now) {
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
  if (call.acting_role() == io::Role::kAgent) {
    author.set_side(Author::SIDE_AGENT);
    author.set_id(call.acting_subject());
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

void AddConversationMethods(ContextNode& node, const std::function<Instant()>& now,
                            io::MethodTable& table) {
  AddContextMethod(node, now, table, "ContextService", "ListMessages", ListMessages);
  AddContextMethod(node, now, table, "ContextService", "AppendMessages", AppendMessages);
}

}  // namespace usher::service
