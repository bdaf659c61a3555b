// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/io/event_loop.h"
#include "base/result.h"
#include "channels/email/mail_compose.h"
#include "channels/email/mail_desk.h"
#include "channels/email/mail_fates.h"
#include "channels/email/mail_files.h"
#include "channels/email/outbox.h"
#include "channels/email/sent_records.h"
#include "channels/email/smtp_client.h"
#include "usher/context/v1/conversation.pb.h"

namespace usher::email {

// What agents say on its way out: one mail a message, in their order. Files and the mail that is
// passed on are fetched first, then it is recorded in the mailbox (SentRecords), then sent. How far
// that got is the customer's mark of the conversation; it moves when a server has taken the mail,
// or never will, which the conversation then says; what became of it stands in the customer's
// timeline before. Loop thread only.
class MailAnswers {
 public:
  MailAnswers(MailDesk& desk, MailFiles& files, MailFates& fates);

  // Sends the contact's next message where there is one and nothing of it is on its way.
  void SendNext(const std::string& contact_id, MailTalk& talk);
  void Stop();
  // Begins nothing more; `done` when what is at a server has ended and is recorded. Once.
  void Drain(std::function<void()> done);

 private:
  // What is at a server holds it, so its end says that nothing is.
  struct UnderWay {
    std::function<void()> ended{};
    UnderWay() = default;
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    ~UnderWay() {
      if (ended) ended();
    }
  };
  // A message that becomes a mail.
  struct Draft;
  using DraftPtr = std::shared_ptr<Draft>;

  // A mail on its way.
  struct Answer {
    std::string contact_id;
    std::uint64_t message = 0;
    std::string from;  // of the envelope; empty where no reports may come back
    SentRecords::Mail mail;
    std::size_t looks = 0;      // for a copy that the server kept
    unsigned unrecorded = 0;    // tries to record it that failed
    std::size_t elsewhere = 0;  // times that another process had it
  };

  // A mail that is over, for its record.
  struct EndedMail {
    SentRecords::Mail mail;
    bool was_sent = false;  // to anybody
    unsigned tries = 0;
  };

  // The mails of one mailbox that are due.
  struct Lane {
    std::deque<std::string> waiting;  // by Message-ID
    bool busy = false;
  };

  void Collect(const DraftPtr& draft);
  void CollectOriginal(const DraftPtr& draft);
  void Write(const DraftPtr& draft);
  void Enter(const DraftPtr& draft, const Result<std::string>& bytes);
  void Refuse(const DraftPtr& draft, const Error& error);
  void TryLater(const DraftPtr& draft, const Error& error);

  void DriveOutbox();
  void Send(const OutboxEntry& entry);
  void SendNextOf(const std::string& mailbox);
  void Begin(const std::string& message_id);
  // The mailbox's next mail may be sent.
  void Leave(const std::string& mailbox);
  // What is told when a record was written, or was not.
  SentRecords::Done Recorded();
  // The same of a mail that is over: what was not written is written again.
  void RecordEnd(const EndedMail& ended);
  void RecordEndsAgain();
  void OnElsewhere(const std::string& message_id);
  void OnNotRecorded(const std::string& message_id, const Error& error);
  void OnOutcome(const std::string& message_id, const SmtpOutcome& outcome);
  void OnDeferred(const std::string& message_id, const OutboxEntry& entry,
                  const std::string& reason);
  void OnUndecided(const std::string& message_id);
  void Wait(const std::string& message_id, Duration duration, std::function<void()> then);
  void LookAgain(const std::string& message_id);
  void OnSettled(const std::string& message_id, const OutboxEntry& entry);
  MailFate FateOf(const std::string& contact_id, std::uint64_t message,
                  MailFate::State state) const;
  void Settle(MailFate fate, const std::string& note);
  void MoveOn(const std::string& contact_id, std::uint64_t message);

  MailDesk& desk_;
  MailFiles& files_;
  MailFates& fates_;
  std::shared_ptr<UnderWay> under_way_ = std::make_shared<UnderWay>();  // null once it drains
  const std::weak_ptr<UnderWay> at_servers_ = under_way_;
  Outbox outbox_;
  SentRecords records_;
  io::Timer outbox_timer_;
  io::Timer later_timer_;
  io::Timer record_timer_;
  std::set<std::string> later_;                              // contacts that are tried again
  std::map<std::string, unsigned> without_files_;            // by contact: tries in a row
  std::deque<EndedMail> unrecorded_;                         // whose records are written again
  std::map<std::string, std::unique_ptr<io::Timer>> waits_;  // by Message-ID
  std::map<std::string, Lane> lanes_;                        // by mailbox
  std::map<std::string, Answer> answers_;                    // by Message-ID, until settled
};

}  // namespace usher::email
