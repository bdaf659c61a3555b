// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_answers.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/io/log.h"
#include "channels/email/mail_text.h"
#include "channels/email/mime_writer.h"

namespace usher::email {

using context::v1::Author;
using context::v1::Message;

namespace {

// Of the customer's last words, for the quotation below an answer.
constexpr std::size_t kQuoteBytes = 2'000;
// Tries after which the agent is told that a mail is late.
constexpr unsigned kTriesUntilTold = 3;

}  // namespace

MailAnswers::MailAnswers(MailDesk& desk)
    : desk_(desk), outbox_(desk.config.outbox), outbox_timer_(desk.loop) {}

void MailAnswers::Stop() {
  outbox_timer_.Cancel();
  answers_.clear();
}

void MailAnswers::SendNext(const std::string& contact_id, MailTalk& talk) {
  if (!talk.mark_known || talk.sending != 0 || talk.unsent.empty()) return;
  const auto& [id, message] = *talk.unsent.begin();
  talk.sending = id;
  Result<Answer> answer = Compose(contact_id, talk, message);
  if (answer.ok()) {
    const auto added = outbox_.Add(answer->message_id, answer->recipients, desk_.clock.Now());
    if (added.ok()) {
      const std::string key = answer->message_id;
      answers_[key] = *std::move(answer);
      return DriveOutbox();
    }
    answer = added.error();
  }
  io::LogError(io::LogLevel::kWarning, "mail_not_sent", answer.error(), {{"contact", contact_id}});
  desk_.metrics.CountSent("refused");
  // Not within the walk of whoever called.
  desk_.loop.Post([this, contact_id, sent = id, words = answer.error().message,
                   weak = std::weak_ptr<void>(desk_.alive)] {
    if (!weak.expired()) Settle(contact_id, sent, "This answer was not mailed: " + words);
  });
}

Result<MailAnswers::Answer> MailAnswers::Compose(const std::string& contact_id,
                                                 const MailTalk& talk, const Message& message) {
  const auto inbox = desk_.inboxes.find(talk.about.mailbox);
  if (inbox == desk_.inboxes.end()) {
    return Error{Code::kNotFound, "MAILBOX_UNKNOWN",
                 "there is no mailbox " + talk.about.mailbox + " any more",
                 "put it back into the e-mail file"};
  }
  const EmailMailbox& mailbox = *inbox->second->config;
  const std::string& address = mailbox.address.address;
  OutgoingMail mail;
  mail.from = mailbox.address;
  mail.to = {talk.about.answer_to};
  mail.subject = "Re: " + std::string(WithoutReplyPrefixes(talk.about.subject));
  mail.references = talk.about.references;
  if (!talk.about.message_id.empty()) {
    mail.in_reply_to = {talk.about.message_id};
    mail.references.push_back(talk.about.message_id);
  }
  mail.message_id =
      desk_.tokens.MessageIdFor(talk.about.thread, contact_id + "/" + std::to_string(message.id()),
                                address.substr(address.rfind('@') + 1));
  mail.sent_at = desk_.clock.Now();
  mail.loop_id = desk_.own.loop_id;
  mail.text = message.text() + "\n";
  for (const auto& attachment : message.attachments()) {
    if (attachment.url().starts_with("https://")) {
      mail.text += "\n" + attachment.name() + ": " + attachment.url() + "\n";
    }
  }
  if (!mailbox.signature.empty()) mail.text += "\n-- \n" + mailbox.signature + "\n";
  if (!talk.last_words.empty()) mail.text += "\n" + QuoteMail(talk.last_words, kQuoteBytes);
  Result<std::string> bytes = WriteMail(mail);
  if (!bytes.ok()) return bytes.error();
  Result<std::vector<std::string>> recipients = EnvelopeRecipients(mail);
  if (!recipients.ok()) return recipients.error();
  Result<std::string> from = ToSmtpAddress(address);
  if (!from.ok()) return from.error();
  return Answer{.message_id = mail.message_id,
                .contact_id = contact_id,
                .message = message.id(),
                .inbox = inbox->second.get(),
                .from = *std::move(from),
                .recipients = *std::move(recipients),
                .bytes = std::make_shared<const std::string>(*std::move(bytes))};
}

void MailAnswers::DriveOutbox() {
  while (const auto entry = outbox_.TakeDue(desk_.clock.Now())) {
    const Answer& answer = answers_.at(entry->message_id);
    answer.inbox->smtp->Send(
        {.from = answer.from,
         .recipients = entry->waiting,
         .bytes = answer.bytes,
         .envelope_id = answer.message_id},
        desk_.Alive([this, id = entry->message_id](const SmtpOutcome& outcome) {
          OnOutcome(id, outcome);
        }));
  }
  const Instant next = outbox_.NextDue();
  if (next == kNever) return outbox_timer_.Cancel();
  outbox_timer_.Start(std::max(next - desk_.clock.Now(), Duration{1}), [this] { DriveOutbox(); });
}

void MailAnswers::OnOutcome(const std::string& message_id, const SmtpOutcome& outcome) {
  OutboxEntry entry = outbox_.OnOutcome(message_id, outcome, desk_.clock.Now());
  desk_.metrics.CountSent(entry.state == OutboxState::kDue ? "deferred" : ToText(entry.state));
  const Answer answer = answers_.at(message_id);
  if (entry.state == OutboxState::kDue) {
    io::Log(io::LogLevel::kWarning, "mail_deferred",
            {{"contact", answer.contact_id}, {"tries", entry.tries}, {"reason", outcome.reason}});
    if (entry.tries == kTriesUntilTold) {
      desk_.Note(answer.contact_id, "late-" + std::to_string(answer.message),
                 "The answer is late: its server does not take it yet (" + entry.words +
                     "). It is tried again for five days.");
    }
    return DriveOutbox();
  }
  std::string note;
  if (entry.state == OutboxState::kFailed) {
    note = "This answer was not delivered: " + entry.words;
  } else if (entry.state == OutboxState::kUndecided) {
    note =
        "The connection to the mail server broke when the answer had been sent: it may have been "
        "delivered or not. It is not sent again by itself.";
    Drop(outbox_.Drop(message_id), "the note tells the agent");
  }
  answers_.erase(message_id);
  Settle(answer.contact_id, answer.message, note);
  DriveOutbox();
}

// A message is dealt with: nobody sends it any more.
void MailAnswers::Settle(const std::string& contact_id, std::uint64_t message,
                         const std::string& note) {
  if (!note.empty()) desk_.Note(contact_id, "fate-" + std::to_string(message), note);
  context::v1::Mark mark;
  mark.set_side(Author::SIDE_CUSTOMER);
  mark.set_delivered_up_to(message);
  desk_.conversations->SetMark(contact_id, mark);
  const auto found = desk_.talks.find(contact_id);
  if (found == desk_.talks.end()) return;
  MailTalk& talk = found->second;
  talk.sending = 0;
  talk.delivered = std::max(talk.delivered, message);
  talk.unsent.erase(message);
  SendNext(contact_id, talk);
}

}  // namespace usher::email
