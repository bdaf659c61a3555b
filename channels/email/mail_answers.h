// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/io/event_loop.h"
#include "base/result.h"
#include "channels/email/mail_desk.h"
#include "channels/email/outbox.h"
#include "channels/email/smtp_client.h"
#include "usher/context/v1/conversation.pb.h"

namespace usher::email {

// What agents say on its way out: one mail a message, in their order. How far that got is the
// customer's mark of the conversation; it moves when a server has taken the mail, or never will,
// which the conversation then says. Loop thread only.
class MailAnswers {
 public:
  explicit MailAnswers(MailDesk& desk);

  // Sends the contact's next message where there is one and nothing of it is on its way.
  void SendNext(const std::string& contact_id, MailTalk& talk);
  void Stop();

 private:
  // An agent's message as a mail.
  struct Answer {
    std::string message_id;
    std::string contact_id;
    std::uint64_t message = 0;
    MailInbox* inbox = nullptr;
    std::string from;
    std::vector<std::string> recipients;
    std::shared_ptr<const std::string> bytes;
  };

  Result<Answer> Compose(const std::string& contact_id, const MailTalk& talk,
                         const context::v1::Message& message);
  void DriveOutbox();
  void OnOutcome(const std::string& message_id, const SmtpOutcome& outcome);
  void Settle(const std::string& contact_id, std::uint64_t message, const std::string& note);

  MailDesk& desk_;
  Outbox outbox_;
  io::Timer outbox_timer_;
  std::map<std::string, Answer> answers_;  // by Message-ID, until settled
};

}  // namespace usher::email
