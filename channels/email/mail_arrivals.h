// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "channels/email/auto_reply_budget.h"
#include "channels/email/mail_desk.h"
#include "channels/email/mail_fates.h"
#include "channels/email/mailbox.h"
#include "usher/routing/v1/contact.pb.h"
#include "usher/routing/v1/routing_service.pb.h"

namespace usher::email {

// Mails on their way in: each is read, belongs to a thread, becomes a contact or joins the one of
// its thread, and stands in that contact's conversation before it is marked in its mailbox. Loop
// thread only, but for the reading.
class MailArrivals {
 public:
  MailArrivals(MailDesk& desk, MailFates& fates)
      : desk_(desk), fates_(fates), budget_(desk.config.auto_replies) {}

  // `done` is called when the mail is kept for good, or with what is in the way.
  void Take(MailInbox& inbox, TakenMail mail, std::function<void(Result<void>)> done);

 private:
  struct Arrival;
  using ArrivalPtr = std::shared_ptr<Arrival>;

  // Step by step.
  void Judge(const ArrivalPtr& arrival);
  void Resolve(const ArrivalPtr& arrival);
  void Submit(const ArrivalPtr& arrival);
  void OnUpdated(const ArrivalPtr& arrival, const MailContact& about,
                 const Result<routing::v1::ContactResult>& told);
  void Record(const ArrivalPtr& arrival);
  // A report of what became of a mail of ours.
  void TellFate(const ArrivalPtr& arrival);
  void RecordNext(const ArrivalPtr& arrival);
  void Acknowledge(const ArrivalPtr& arrival);
  void AcknowledgeIn(const ArrivalPtr& arrival, const routing::v1::Contact& contact);
  void Keep(const ArrivalPtr& arrival);
  void GiveBack(const ArrivalPtr& arrival, const Error& error);

  MailDesk& desk_;
  MailFates& fates_;
  AutoReplyBudget budget_;
};

}  // namespace usher::email
