// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_desk.h"

#include <algorithm>
#include <utility>

#include "base/io/log.h"
#include "channels/email/ascii.h"
#include "channels/email/thread_guess.h"

namespace usher::email {

using context::v1::Author;
using context::v1::Message;

namespace {

// Of the customer's newest mail, for the quotation below an answer.
constexpr std::size_t kQuotedBytes = 8'001;
// Mails of one conversation that may be passed on: the newest.
constexpr std::size_t kSourcesMax = 500;

}  // namespace

MailTalk& MailDesk::MeetTalk(const std::string& contact_id, const MailContact& about,
                             Instant since) {
  const auto [entry, is_new] = talks.try_emplace(contact_id);
  if (is_new) {
    entry->second.about = about;
    entry->second.since = since;
    for (const EmailMailbox& mailbox : config.mailboxes) {
      if (mailbox.id == about.mailbox) entry->second.queue = mailbox.queue;
    }
    conversations->Watch(contact_id, 0);
  }
  return entry->second;
}

void MailDesk::KeepOnRoll(const std::string& contact_id, std::function<void(Result<void>)> done) {
  const auto talk = talks.find(contact_id);
  const auto inbox = talk == talks.end() ? inboxes.end() : inboxes.find(talk->second.about.mailbox);
  if (is_leaving) {
    return loop.Post([done = std::move(done)] {
      done(Error{Code::kUnavailable, "MAILBOX_LEFT", "another process may have the mailbox by now",
                 "the mail is taken again"});
    });
  }
  if (inbox == inboxes.end()) return loop.Post([done = std::move(done)] { done({}); });
  inbox->second->roll->Keep(
      {contact_id, talk->second.queue, talk->second.customer_id, talk->second.about},
      Alive([contact_id, done = std::move(done)](const Result<void>& kept) {
        if (!kept.ok()) {
          io::LogError(io::LogLevel::kWarning, "mail_contact_not_kept", kept.error(),
                       {{"contact", contact_id}});
        }
        done(kept);
      }));
}

// The first piece of a mail has its head, the others go on with its text.
void MailDesk::Hear(MailTalk& talk, const Message& message) {
  const bool is_customers = message.author().side() == Author::SIDE_CUSTOMER;
  if (!message.mail().source_url().empty()) {
    talk.sources[message.id()] = message.mail().source_url();
    if (talk.sources.size() > kSourcesMax) talk.sources.erase(talk.sources.begin());
  }
  if (is_customers) {
    if (message.has_mail()) {
      talk.quoted.text.clear();
      talk.quoted.name = message.author().name().empty() ? message.mail().from().address()
                                                         : message.author().name();
      talk.quoted.at =
          InstantFromUnixMs(message.at().seconds() * 1'000 + message.at().nanos() / 1'000'000);
    } else {
      talk.quoted.text += '\n';
    }
    talk.quoted.text = CutUtf8(talk.quoted.text + message.text(), kQuotedBytes);
    return;
  }
  // Of programs only what answers for us goes out; see MailArrivals.
  const bool is_ours = message.author().side() == Author::SIDE_AGENT ||
                       (message.author().side() == Author::SIDE_SYSTEM &&
                        IsAcknowledgementName(message.client_id()));
  if (is_ours && !message.internal() && message.id() > talk.delivered) {
    talk.unsent[message.id()] = message;
  }
}

void MailDesk::OnDelivered(MailTalk& talk, std::uint64_t up_to) {
  talk.delivered = std::max(talk.delivered, up_to);
  const auto end = talk.unsent.upper_bound(talk.delivered);
  for (auto sent = talk.unsent.begin(); sent != end; ++sent) talk.newest_own = sent->first;
  talk.unsent.erase(talk.unsent.begin(), end);
  if (!std::exchange(talk.mark_known, true) && !talk.unsent.empty()) {
    talk.backlog = talk.unsent.rbegin()->first;
  }
}

MailTalk* MailDesk::FindTalkOfThread(const std::string& thread) {
  for (auto& [contact_id, talk] : talks) {
    if (talk.about.thread == thread && talk.closed_at == kNever) return &talk;
  }
  return nullptr;
}

std::optional<std::string> MailDesk::ThreadOfMessage(const std::string& message_id) const {
  for (const auto& [contact_id, talk] : talks) {
    if (talk.closed_at != kNever) continue;
    const MailContact& about = talk.about;
    const bool names_it = about.message_id == message_id ||
                          std::find(about.references.begin(), about.references.end(), message_id) !=
                              about.references.end();
    if (names_it) return about.thread;
  }
  return std::nullopt;
}

std::optional<std::string> MailDesk::GuessThread(const std::string& sender,
                                                 const std::string& subject) {
  const std::string key = SubjectKey(subject);
  if (IsTooGeneral(key)) return std::nullopt;
  const Instant oldest = clock.Now() - kGuessWithin;
  const MailTalk* newest = nullptr;
  for (const auto& [contact_id, talk] : talks) {
    if (talk.closed_at != kNever || talk.since < oldest) continue;
    if (newest != nullptr && talk.since <= newest->since) continue;
    if (ToLower(talk.about.from) != sender || SubjectKey(talk.about.subject) != key) continue;
    newest = &talk;
  }
  if (newest == nullptr) return std::nullopt;
  return newest->about.thread;
}

std::string MailDesk::ToMessageId(const std::string& contact_id, const MailTalk& talk,
                                  std::uint64_t message) const {
  const auto inbox = inboxes.find(talk.about.mailbox);
  if (inbox == inboxes.end()) return {};
  const std::string& address = inbox->second->config->address.address;
  return tokens.MessageIdFor(talk.about.thread, contact_id + "/" + std::to_string(message),
                             address.substr(address.rfind('@') + 1));
}

std::optional<std::uint64_t> MailDesk::FindOwnMessage(const std::string& contact_id,
                                                      const std::string& message_id) const {
  const auto talk = talks.find(contact_id);
  if (talk == talks.end() || message_id.empty()) return std::nullopt;
  // Servers change the case of what they report.
  const std::string wanted = ToLower(message_id);
  for (std::uint64_t message = talk->second.delivered; message > 0; --message) {
    if (ToLower(ToMessageId(contact_id, talk->second, message)) == wanted) return message;
  }
  return std::nullopt;
}

void MailDesk::Note(const std::string& contact_id, const std::string& name,
                    const std::string& text) {
  Message message;
  message.set_contact_id(contact_id);
  message.set_client_id("mail-" + name);
  message.set_text(std::string(CutUtf8(text, kMailPieceBytes)));
  message.mutable_author()->set_side(Author::SIDE_SYSTEM);
  conversations->Append(std::move(message), [](Result<Message> appended) {
    if (!appended.ok()) {
      io::LogError(io::LogLevel::kWarning, "mail_note_not_recorded", appended.error());
    }
  });
}

void MailDesk::Leave() {
  is_leaving = true;
  for (const auto& [id, inbox] : inboxes) {
    inbox->again->Cancel();
    inbox->mailbox.reset();
    if (std::exchange(inbox->connected, false)) metrics.connected.Increment(-1);
  }
}

void MailDesk::Close() {
  alive = std::make_shared<int>();
  Leave();
  inboxes.clear();
  talks.clear();
}

}  // namespace usher::email
