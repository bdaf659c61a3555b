// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/id.h"
#include "base/io/clock.h"
#include "base/io/event_loop.h"
#include "base/io/leader_channel.h"
#include "channels/client/conversation_client.h"
#include "channels/client/routing_client.h"
#include "channels/email/contact_roll.h"
#include "channels/email/email_config.h"
#include "channels/email/email_metrics.h"
#include "channels/email/mail_compose.h"
#include "channels/email/mail_contact.h"
#include "channels/email/mail_manners.h"
#include "channels/email/mail_shelf.h"
#include "channels/email/mailbox.h"
#include "channels/email/reply_token.h"
#include "channels/email/smtp_client.h"
#include "usher/context/v1/conversation.pb.h"

namespace usher::email {

// A message of a conversation has 8 KiB; a mail that is longer is several.
inline constexpr std::size_t kMailPieceBytes = 8'000;
// A mail about the subject of an older contact is taken for a new matter, unless it says more.
inline constexpr Duration kGuessWithin{30LL * 24 * 60 * 60'000};

// The way to the router of one domain.
struct EmailRoute {
  DomainId domain;
  std::string adapter;  // the subject of its token; unique in the domain
  io::LeaderChannel& road;
  std::function<std::string()> token;
};

// One of our mailboxes and its two servers.
struct MailInbox {
  const EmailMailbox* config = nullptr;
  std::unique_ptr<Mailbox> mailbox;
  std::unique_ptr<SmtpClient> smtp;
  std::unique_ptr<MailShelf> shelf;
  std::unique_ptr<ContactRoll> roll;  // of `shelf`
  std::unique_ptr<io::Timer> again;   // the roll is asked for again
  bool connected = false;
};

// An open contact and its conversation.
struct MailTalk {
  MailContact about;
  bool mark_known = false;
  std::uint64_t delivered = 0;
  std::map<std::uint64_t, context::v1::Message> unsent;  // agents' messages behind `delivered`
  std::uint64_t sending = 0;                             // 0: none
  std::uint64_t backlog = 0;     // up to this message a process before may have sent
  std::uint64_t newest_own = 0;  // the newest message that was sent; 0: none
  std::string queue;             // that it waits in or was answered from
  std::string customer_id;       // empty: not known
  QuotedMail quoted;             // the customer's newest mail
  std::map<std::uint64_t, std::string> sources;  // whole mails by their first message
  Instant closed_at = kNever;
  Instant since{};  // the contact came
};

// What mails on their way in and answers on their way out of one domain share: its mailboxes, the
// contacts that are open, and the ways to the router. Loop thread only.
struct MailDesk {
  MailDesk(io::EventLoop& event_loop, io::EventLoop& parser_loop, const EmailConfig& all,
           const ReplyTokens& reply_tokens, EmailMetrics& all_metrics, const EmailRoute& way)
      : loop(event_loop),
        parser(parser_loop),
        config(all),
        tokens(reply_tokens),
        metrics(all_metrics),
        route(way) {}

  // The contact's conversation, followed from now on.
  MailTalk& MeetTalk(const std::string& contact_id, const MailContact& about, Instant since);
  // Keeps the contact among those of its mailbox that are not over; `done` when that is so.
  void KeepOnRoll(const std::string& contact_id, std::function<void(Result<void>)> done);
  // What a message of its conversation says, in their order.
  void Hear(MailTalk& talk, const context::v1::Message& message);
  // The Message-ID of a message of the contact's conversation.
  std::string ToMessageId(const std::string& contact_id, const MailTalk& talk,
                          std::uint64_t message) const;
  // The customer's mark: up to this message everything is dealt with.
  void OnDelivered(MailTalk& talk, std::uint64_t up_to);
  // The open contact of a thread; null where there is none.
  MailTalk* FindTalkOfThread(const std::string& thread);
  // The thread of an open contact that this Message-ID is known to belong to.
  std::optional<std::string> ThreadOfMessage(const std::string& message_id) const;
  // The last resort: the thread of the newest open contact of that sender (in lower case) about
  // that subject. None where the subject is too general, or the contact older than kGuessWithin.
  std::optional<std::string> GuessThread(const std::string& sender, const std::string& subject);
  // The message of the contact's conversation that this mail of ours was; nothing where it is none.
  std::optional<std::uint64_t> FindOwnMessage(const std::string& contact_id,
                                              const std::string& message_id) const;
  // Says something in a conversation for the system; `name` is said once.
  void Note(const std::string& contact_id, const std::string& name, const std::string& text);

  // A callback that does nothing once the desk was closed or is gone.
  template <class Function>
  auto Alive(Function function) {
    return [weak = std::weak_ptr<void>(alive),
            function = std::move(function)](auto&&... values) mutable {
      if (!weak.expired()) function(std::forward<decltype(values)>(values)...);
    };
  }
  // The mailboxes are another process's, or may soon be: nothing new is taken in or written down.
  void Leave();
  // What was asked, posted or parsed until now comes to nobody.
  void Close();

  io::EventLoop& loop;
  io::EventLoop& parser;  // reads mails
  const EmailConfig& config;
  const ReplyTokens& tokens;
  EmailMetrics& metrics;
  const EmailRoute route;
  OwnMail own;
  io::WallClock clock;
  std::unique_ptr<channels::RoutingClient> routing;
  std::unique_ptr<channels::ConversationClient> conversations;
  std::map<std::string, std::unique_ptr<MailInbox>> inboxes;  // by id
  std::map<std::string, MailTalk> talks;                      // by contact
  bool is_leaving = false;
  std::shared_ptr<void> alive = std::make_shared<int>();
};

}  // namespace usher::email
