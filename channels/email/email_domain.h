// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/io/clock.h"
#include "base/io/event_loop.h"
#include "base/io/leader_channel.h"
#include "channels/client/conversation_client.h"
#include "channels/client/routing_client.h"
#include "channels/email/email_config.h"
#include "channels/email/email_metrics.h"
#include "channels/email/mail_contact.h"
#include "channels/email/mail_manners.h"
#include "channels/email/mailbox.h"
#include "channels/email/outbox.h"
#include "channels/email/reply_token.h"
#include "channels/email/smtp_client.h"

namespace usher::email {

// The way to the router of one domain.
struct EmailRoute {
  DomainId domain;
  std::string adapter;  // the subject of its token; unique in the domain
  io::LeaderChannel& road;
  std::function<std::string()> token;
};

// The mail of one domain. Each thread of mails is a contact while it is open: its external id is
// the thread's name, so a further mail of the thread joins it, whatever happened here meanwhile,
// and begins another one when it is closed. What is written stands in the contact's conversation; a
// mail is marked in its mailbox only when it stands there.
//
// What an agent says is mailed, one mail a message, in their order. How far that got is the
// customer's mark of the conversation (`delivered_up_to`): after a restart everything behind it is
// sent. The mark moves when a server has taken the mail, or never will, which the conversation then
// says.
//
// Loop thread only, but for the parsing, which has a loop of its own.
class EmailDomain {
 public:
  struct Shared {
    io::EventLoop& loop;
    io::EventLoop& parser;
    const EmailConfig& config;
    const ReplyTokens& tokens;
    EmailMetrics& metrics;
  };

  EmailDomain(const Shared& shared, const EmailRoute& route);
  ~EmailDomain();
  EmailDomain(const EmailDomain&) = delete;
  EmailDomain& operator=(const EmailDomain&) = delete;

  // Mailboxes are opened when the router has told which contacts are open.
  void Start();
  void Stop();

 private:
  struct Inbox;
  struct Arrival;
  struct Talk;
  struct Answer;
  using ArrivalPtr = std::shared_ptr<Arrival>;

  channels::RoutingClient::Hooks RoutingHooks();
  channels::ConversationHooks ConversationHooks();
  void OpenMailboxes();

  // A mail comes in, step by step.
  void Take(Inbox& inbox, TakenMail mail, std::function<void(Result<void>)> done);
  void Judge(const ArrivalPtr& arrival);
  void Resolve(const ArrivalPtr& arrival);
  void Submit(const ArrivalPtr& arrival);
  void Record(const ArrivalPtr& arrival);
  void RecordNext(const ArrivalPtr& arrival);
  void Keep(const ArrivalPtr& arrival);
  void GiveBack(const ArrivalPtr& arrival, const Error& error);

  // Contacts and their conversations.
  Talk& MeetTalk(const std::string& contact_id, const MailContact& about);
  Talk* FindTalkOfThread(const std::string& thread);
  void OnEvent(const routing::v1::Event& event);
  void OnSnapshot(const std::vector<routing::v1::Contact>& open);
  void OnConversation(const context::v1::ConversationEvent& event);
  void Forget();

  // An answer goes out.
  void SendNext(const std::string& contact_id, Talk& talk);
  Result<Answer> Compose(const std::string& contact_id, const Talk& talk,
                         const context::v1::Message& message);
  void DriveOutbox();
  void OnOutcome(const std::string& message_id, const SmtpOutcome& outcome);
  void Settle(const std::string& contact_id, std::uint64_t message, const std::string& note);
  void Note(const std::string& contact_id, const std::string& client_id, const std::string& text);

  template <class Function>
  auto Alive(Function function);

  io::EventLoop& loop_;
  io::EventLoop& parser_;
  const EmailConfig& config_;
  const ReplyTokens& tokens_;
  EmailMetrics& metrics_;
  const EmailRoute route_;
  OwnMail own_;
  io::WallClock clock_;
  channels::RoutingClient routing_;
  std::unique_ptr<channels::ConversationClient> conversations_;
  Outbox outbox_;
  io::Timer outbox_timer_;
  io::Timer forget_timer_;
  std::map<std::string, std::unique_ptr<Inbox>> inboxes_;  // by id
  std::map<std::string, Talk> talks_;                      // by contact
  std::map<std::string, Answer> answers_;                  // by Message-ID, until settled
  bool open_ = false;
  std::shared_ptr<void> alive_ = std::make_shared<int>();  // of what is posted and asked
};

}  // namespace usher::email
