// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "router/context/message_view.h"
#include "router/service/context_call.h"
#include "router/service/context_methods.h"
#include "router/service/mail_rules.h"
#include "router/service/outside_event.h"
#include "router/service/received_files.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

using std::size_t;

constexpr size_t kNameBytesMax = 256;
constexpr size_t kClientIdBytesMax = 64;
constexpr int kAppendMax = 200;
constexpr size_t kPageBytes = 3 << 20;  // with the message that it ends with within 4 MiB

// A ListMessages under way.
struct Listing {
  Listing(ContextNode& with, const DomainId& of, const ListMessagesRequest& asked,
          const Reply<ListMessagesResponse>& to)
      : node(with), domain(of), contact(asked.contact_id()), reply(to) {}

  ContextNode& node;
  const DomainId domain;
  const std::string contact;
  const Reply<ListMessagesResponse> reply;
  size_t limit = 0;
  size_t bytes = 0;
  context::MessageView view{0, false};
  ListMessagesResponse response{};
};

void ReadMarks(const std::shared_ptr<Listing>& listing) {
  listing->node.conversations.ReadMarks(listing->domain, listing->contact,
                                        [listing](Result<std::vector<Mark>> marks) {
                                          if (!marks.ok())
                                            return listing->reply.Fail(marks.error());
                                          for (Mark& mark : *marks)
                                            *listing->response.add_marks() = std::move(mark);
                                          listing->reply.Send(std::move(listing->response));
                                        });
}

// Reads on over messages that this reader does not get: a page without any is the end.
void ReadMessages(const std::shared_ptr<Listing>& listing) {
  const size_t wanted = listing->limit - static_cast<size_t>(listing->response.messages_size());
  listing->node.conversations.Read(
      listing->domain, listing->contact, listing->view.position(), wanted,
      [listing](Result<context::Messages> read) {
        if (!read.ok()) return listing->reply.Fail(read.error());
        listing->response.set_more(read->more);
        for (Message& message : read->messages) {
          if (listing->bytes >= kPageBytes) {
            listing->response.set_more(true);
            return ReadMarks(listing);
          }
          const std::optional<std::uint32_t> hidden = listing->view.Take(message);
          if (!hidden) continue;
          message.set_hidden_before(*hidden);
          listing->view.Trim(message);
          listing->bytes += message.ByteSizeLong();
          *listing->response.add_messages() = std::move(message);
        }
        const bool is_full =
            static_cast<size_t>(listing->response.messages_size()) >= listing->limit;
        if (!read->more || is_full) return ReadMarks(listing);
        ReadMessages(listing);
      });
}

void ListMessages(ContextNode& node, Instant, const CallContext& call,
                  const ListMessagesRequest& request, const Reply<ListMessagesResponse>& reply) {
  const Result<DomainNode*> led = LedDomain(node, call);
  if (!led.ok()) return reply.Fail(led.error());
  const DomainId& domain = (*led)->runtime.domain();
  if (const auto contact = ParseContactId(request.contact_id()); !contact.ok()) {
    return reply.Fail(contact.error());
  }
  auto listing = std::make_shared<Listing>(node, domain, request, reply);
  listing->limit = request.limit() == 0 ? 200 : std::min<size_t>(request.limit(), 1000);
  listing->view = context::MessageView(request.after_message(), request.with_internal());
  ReadMessages(listing);
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
  const auto fail = [failed, reply](const Error& why) {
    if (!std::exchange(*failed, true)) reply.Fail(why);
  };
  const auto appended = [&node, domain, response, failed, left, reply,
                         fail](Result<context::Appended> said) {
    if (!said.ok()) return fail(said.error());
    *response->add_messages() = said->message;
    if (!said->repeated) {
      ConversationEvent event;
      event.set_contact_id(said->message.contact_id());
      *event.mutable_message() = std::move(said->message);
      node.hub.Publish(domain, std::move(event));
    }
    if (--*left == 0) reply.Send(std::move(*response));
  };
  for (const Message& message : messages) {
    CheckReceivedFiles(node, domain, message,
                       [&node, domain, message, fail, appended](const Result<void>& files) {
                         if (!files.ok()) return fail(files.error());
                         node.conversations.Append(domain, message, appended);
                       });
  }
}

}  // namespace

Result<Message> ToAppendable(const CallContext& call, Message message, Instant now) {
  if (const auto contact = ParseContactId(message.contact_id()); !contact.ok()) {
    return contact.error();
  }
  // Of a mail that is passed on without a word there is that mail.
  const bool forwards = message.mail().kind() == MailHead::KIND_FORWARD;
  if (message.text().empty() && message.attachments().empty() && !forwards) {
    return Error{Code::kInvalidArgument, "EMPTY_TEXT", "the message says nothing",
                 "write something, or attach something"};
  }
  if (const Result<void> text = CheckText(message.text(), message.has_mail()); !text.ok()) {
    return text.error();
  }
  if (const Result<void> sound = CheckAttachments(message.attachments()); !sound.ok()) {
    return sound.error();
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
  if (message.internal() && author.side() == Author::SIDE_CUSTOMER) {
    return Error{Code::kInvalidArgument, "BAD_INTERNAL",
                 "a customer's message cannot be for colleagues only",
                 "set internal for messages of agents and of the system"};
  }
  if (author.id().size() > 128 || author.name().size() > kNameBytesMax) {
    return TooLong("author", author.id().size() + author.name().size(), kNameBytesMax);
  }
  if (const Result<void> sound = CheckMail(message); !sound.ok()) return sound.error();
  *message.mutable_at() = ToTimestamp(now);
  message.clear_hidden_before();
  return message;
}

void AddConversationMethods(ContextNode& node, const std::function<Instant()>& now,
                            io::MethodTable& table) {
  AddContextMethod(node, now, table, "ContextService", "ListMessages", ListMessages);
  AddContextMethod(node, now, table, "ContextService", "AppendMessages", AppendMessages);
}

}  // namespace usher::service
