// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/io/event_loop.h"
#include "channels/client/conversation_client.h"
#include "channels/client/routing_client.h"
#include "channels/email/email_config.h"
#include "channels/email/email_metrics.h"
#include "channels/email/mail_answers.h"
#include "channels/email/mail_arrivals.h"
#include "channels/email/mail_desk.h"
#include "channels/email/mail_fates.h"
#include "channels/email/mail_files.h"
#include "channels/email/mail_orders.h"
#include "channels/email/reply_token.h"

namespace usher::email {

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
// Where several processes share the mailboxes (EmailConfig::standby), one of these is one tenure:
// it opens the mailboxes when the router welcomes it. When the router is lost to it, another
// process may have them a moment later: it takes nothing more in, sends nothing more, lets what is
// at a server end and be recorded, and is then over. The next one knows nothing of it, like a
// process that starts.
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

  // `on_over`: the tenure is over; not called from within the domain, which may be destroyed then.
  EmailDomain(const Shared& shared, const EmailRoute& route, std::function<void()> on_over);
  ~EmailDomain();
  EmailDomain(const EmailDomain&) = delete;
  EmailDomain& operator=(const EmailDomain&) = delete;

  // Mailboxes are opened when the router has told which contacts are open.
  void Start();
  void Stop();

  const DomainId& id() const { return desk_.route.domain; }
  MailFiles& files() { return files_; }
  bool stands_by() const { return desk_.routing->stands_by(); }

 private:
  channels::RoutingClient::Hooks RoutingHooks();
  channels::ConversationHooks ConversationHooks();
  void OpenMailboxes();
  void OpenMailbox(const EmailMailbox& mailbox);
  // Meets the contacts that a process before this one had, and then takes mail in.
  void OpenRoll(MailInbox& inbox);
  void OnRoll(MailInbox& inbox, const std::vector<RollEntry>& kept);
  void OnState(MailInbox& inbox, const Result<void>& state);

  void OnEvent(const routing::v1::Event& event);
  void OnSnapshot(const std::vector<routing::v1::Contact>& open);
  void OnConversation(const context::v1::ConversationEvent& event);
  void Forget();
  // The router is lost, and with it the right to the mailboxes.
  void Leave();
  void EndTenure();
  void SetStandingBy(bool stands_by);

  MailDesk desk_;
  MailFates fates_;
  MailArrivals arrivals_;
  MailFiles files_;
  MailAnswers answers_;
  MailOrders orders_;
  const std::function<void()> on_over_;
  io::Timer forget_timer_;
  io::Timer leave_timer_;
  Instant tidied_at_{};
  bool open_ = false;
  bool is_standing_by_ = false;
};

}  // namespace usher::email
