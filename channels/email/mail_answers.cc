// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_answers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/io/log.h"
#include "base/io/random_id.h"
#include "channels/email/ascii.h"

namespace usher::email {

using context::v1::Author;
using context::v1::MailHead;
using context::v1::Message;

namespace {

// Tries after which the agent is told that a mail is late.
constexpr unsigned kTriesUntilTold = 3;
// A mailbox that gives no files is asked again.
constexpr Duration kAskAgainAfter{15'000};
// So often until the agent is told.
constexpr unsigned kWithoutFilesUntilTold = 4;
constexpr Duration kRecordAgainAfter{3'000};
// What became of a mail, where the mailbox did not take it down.
constexpr Duration kRecordEndAgainAfter{10'000};
constexpr std::size_t kUnrecordedMax = 1'000;
constexpr unsigned kUnrecordedUntilTold = 20;
// A server that keeps copies of what it sends may take a while to show them.
constexpr std::array<Duration, 3> kLookAfter = {Duration{5'000}, Duration{30'000},
                                                Duration{120'000}};

// Another process that had a mail may be about to hear what the server says.
constexpr std::array<Duration, 2> kElsewhereAfter = {Duration{5'000}, Duration{30'000}};

constexpr std::string_view kUnknownFate =
    "This mail may have been delivered or not: the connection to the mail server ended after it "
    "had "
    "been sent and before the server said that it has it. It is not sent again by itself. To be "
    "sure, write it once more, and who got the first one has it twice.";

std::string EventId(const std::string& contact_id, std::uint64_t message, MailFate::State state) {
  return contact_id + "/" + std::to_string(message) + "/" + std::to_string(static_cast<int>(state));
}

bool IsPassing(const Error& error) {
  return error.code == Code::kUnavailable || error.reason == "FILES_BUSY" ||
         error.reason == "MAILBOX_BUSY" || error.reason == "TOO_MANY_COMMANDS";
}

}  // namespace

struct MailAnswers::Draft {
  std::string contact_id;
  Message message;
  MailInbox* inbox = nullptr;
  MailPlan plan;
  std::size_t next_file = 0;
  bool may_have_begun = false;
  std::vector<std::string> recipients;
};

MailAnswers::MailAnswers(MailDesk& desk, MailFiles& files, MailFates& fates)
    : desk_(desk),
      files_(files),
      fates_(fates),
      outbox_(desk.config.outbox),
      outbox_timer_(desk.loop),
      later_timer_(desk.loop),
      record_timer_(desk.loop) {}

void MailAnswers::Stop() {
  outbox_timer_.Cancel();
  later_timer_.Cancel();
  record_timer_.Cancel();
  later_.clear();
  waits_.clear();
  lanes_.clear();
  answers_.clear();
}

void MailAnswers::Drain(std::function<void()> done) {
  outbox_timer_.Cancel();
  later_timer_.Cancel();
  record_timer_.Cancel();
  later_.clear();
  waits_.clear();
  for (auto& [mailbox, lane] : lanes_) lane.waiting.clear();
  under_way_->ended = [&loop = desk_.loop, done = std::move(done)] { loop.Post(done); };
  under_way_.reset();
}

// ------------------------------------------------------------------------ a message becomes a mail

void MailAnswers::SendNext(const std::string& contact_id, MailTalk& talk) {
  if (!talk.mark_known || talk.sending != 0 || talk.unsent.empty() || !under_way_) return;
  if (later_.contains(contact_id)) return;
  const auto& [id, message] = *talk.unsent.begin();
  talk.sending = id;
  const auto inbox = desk_.inboxes.find(talk.about.mailbox);
  if (inbox == desk_.inboxes.end()) {
    // Not within the walk of whoever called.
    return desk_.loop.Post(desk_.Alive([this, contact_id, sent = id, box = talk.about.mailbox] {
      MailFate fate = FateOf(contact_id, sent, MailFate::State::kFailed);
      fate.words = "there is no mailbox " + box + " any more";
      Settle(std::move(fate), "This mail was not sent: there is no mailbox " + box +
                                  " any more. Put it back into the e-mail file.");
    }));
  }
  const EmailMailbox& mailbox = *inbox->second->config;
  const auto name = [&](std::uint64_t number) {
    return desk_.ToMessageId(contact_id, talk, number);
  };
  const auto draft = std::make_shared<Draft>(
      Draft{.contact_id = contact_id,
            .message = message,
            .inbox = inbox->second.get(),
            .plan = {.mailbox = mailbox,
                     .own = desk_.own.addresses,
                     .queue = talk.queue,
                     .about = talk.about,
                     .quoted = talk.quoted,
                     .newest_own_id = talk.newest_own == 0 ? "" : name(talk.newest_own),
                     .message = message,
                     .message_id = name(id),
                     .loop_id = desk_.own.loop_id,
                     .now = desk_.clock.Now(),
                     .is_automatic = message.author().side() == Author::SIDE_SYSTEM},
            .may_have_begun = id <= talk.backlog,
            .recipients = {}});
  desk_.loop.Post(desk_.Alive([this, draft] { Collect(draft); }));
}

void MailAnswers::Collect(const DraftPtr& draft) {
  const auto& attachments = draft->message.attachments();
  while (draft->next_file < static_cast<std::size_t>(attachments.size())) {
    const auto& attachment = attachments[static_cast<int>(draft->next_file)];
    ++draft->next_file;
    if (!attachment.url().starts_with(kFileAddressScheme)) continue;  // a link; see ComposeMail
    return files_.Fetch(
        attachment.url(),
        desk_.Alive([this, draft, name = attachment.name(),
                     type = attachment.media_type()](const Result<MailFile>& file) {
          if (!file.ok() && IsPassing(file.error())) return TryLater(draft, file.error());
          if (!file.ok()) return Refuse(draft, file.error());
          draft->plan.files.push_back(
              {.name = name, .type = type, .content = file->content, .content_id = ""});
          Collect(draft);
        }));
  }
  CollectOriginal(draft);
}

void MailAnswers::CollectOriginal(const DraftPtr& draft) {
  const MailHead& head = draft->message.mail();
  if (head.kind() != MailHead::KIND_FORWARD) return Write(draft);
  const auto talk = desk_.talks.find(draft->contact_id);
  if (talk == desk_.talks.end()) return;
  const auto source = talk->second.sources.find(head.about_message());
  if (source == talk->second.sources.end()) {
    return Refuse(draft, {Code::kNotFound, "FORWARD_UNKNOWN",
                          "the message that is to be passed on is no mail that came",
                          "choose a mail of this conversation"});
  }
  files_.Fetch(source->second, desk_.Alive([this, draft](const Result<MailFile>& file) {
    if (!file.ok() && IsPassing(file.error())) return TryLater(draft, file.error());
    if (!file.ok()) return Refuse(draft, file.error());
    draft->plan.original = file->content;
    Write(draft);
  }));
}

void MailAnswers::Write(const DraftPtr& draft) {
  desk_.parser.Post(
      [this, draft, &loop = desk_.loop, weak = std::weak_ptr<void>(desk_.alive)]() mutable {
        const OutgoingMail mail = ComposeMail(draft->plan);
        Result<std::string> bytes = WriteMail(mail);
        if (bytes.ok()) {
          Result<std::vector<std::string>> recipients = EnvelopeRecipients(mail);
          if (recipients.ok()) {
            draft->recipients = *std::move(recipients);
          } else {
            bytes = recipients.error();
          }
        }
        loop.Post([this, draft = std::move(draft), weak, bytes = std::move(bytes)] {
          if (!weak.expired()) Enter(draft, bytes);
        });
      });
}

void MailAnswers::Enter(const DraftPtr& draft, const Result<std::string>& bytes) {
  without_files_.erase(draft->contact_id);
  if (!bytes.ok()) return Refuse(draft, bytes.error());
  const Result<std::string> from = ToSmtpAddress(draft->plan.mailbox.address.address);
  if (!from.ok()) return Refuse(draft, from.error());
  const std::string& id = draft->plan.message_id;
  const auto added = outbox_.Add(id, draft->recipients, desk_.clock.Now());
  if (!added.ok()) return Refuse(draft, added.error());
  // Reports about what a program wrote would be answered by nobody (RFC 3834, 3.3).
  answers_[id] = Answer{.contact_id = draft->contact_id,
                        .message = draft->message.id(),
                        .from = draft->plan.is_automatic ? "" : *from,
                        .mail = {.inbox = draft->inbox,
                                 .message_id = id,
                                 .recipients = draft->recipients,
                                 .bytes = std::make_shared<const std::string>(*bytes),
                                 .may_have_begun = draft->may_have_begun,
                                 .claim = desk_.config.standby.empty() ? "" : io::RandomId()}};
  DriveOutbox();
}

void MailAnswers::Refuse(const DraftPtr& draft, const Error& error) {
  io::LogError(io::LogLevel::kWarning, "mail_not_sent", error, {{"contact", draft->contact_id}});
  desk_.metrics.CountSent("refused");
  MailFate fate = FateOf(draft->contact_id, draft->message.id(), MailFate::State::kFailed);
  fate.words = error.message;
  Settle(std::move(fate),
         "This mail was not sent: " + error.message + ". " + error.next_step + ".");
}

void MailAnswers::TryLater(const DraftPtr& draft, const Error& error) {
  io::LogError(io::LogLevel::kWarning, "mail_waits_for_files", error,
               {{"contact", draft->contact_id}});
  desk_.metrics.CountSent("deferred");
  const auto talk = desk_.talks.find(draft->contact_id);
  if (talk == desk_.talks.end()) return;
  talk->second.sending = 0;
  if (++without_files_[draft->contact_id] == kWithoutFilesUntilTold) {
    desk_.Note(draft->contact_id, "late-" + std::to_string(draft->message.id()),
               "This mail waits: a file of it cannot be fetched from the mailbox (" +
                   error.message + "). It is tried again.");
  }
  later_.insert(draft->contact_id);
  if (later_.size() > 1) return;  // the timer runs
  later_timer_.Start(kAskAgainAfter, [this] {
    for (const std::string& contact : std::exchange(later_, {})) {
      const auto found = desk_.talks.find(contact);
      if (found != desk_.talks.end()) SendNext(contact, found->second);
    }
  });
}

// ----------------------------------------------------------------------------- a mail is sent

void MailAnswers::DriveOutbox() {
  if (!under_way_) return;
  while (const auto entry = outbox_.TakeDue(desk_.clock.Now())) Send(*entry);
  const Instant next = outbox_.NextDue();
  if (next == kNever) return outbox_timer_.Cancel();
  outbox_timer_.Start(std::max(next - desk_.clock.Now(), Duration{1}), [this] { DriveOutbox(); });
}

void MailAnswers::Send(const OutboxEntry& entry) {
  Answer& answer = answers_.at(entry.message_id);
  answer.mail.recipients = entry.waiting;
  const std::string& mailbox = answer.mail.inbox->config->id;
  lanes_[mailbox].waiting.push_back(entry.message_id);
  SendNextOf(mailbox);
}

// One at a time: what a kill leaves undecided is one mail of a mailbox, and not all that waited.
void MailAnswers::SendNextOf(const std::string& mailbox) {
  Lane& lane = lanes_[mailbox];
  if (lane.busy || lane.waiting.empty() || !under_way_) return;
  lane.busy = true;
  const std::string message_id = std::move(lane.waiting.front());
  lane.waiting.pop_front();
  Begin(message_id);
}

void MailAnswers::Begin(const std::string& message_id) {
  const Answer& answer = answers_.at(message_id);
  records_.Begin(answer.mail, desk_.Alive([this, id = message_id, waiting = answer.mail.recipients,
                                           under_way = at_servers_.lock()](
                                              const Result<SentRecords::Begun>& begun) {
    // Who is not named any more got it from a process before this one.
    SmtpOutcome before{.fate = SmtpFate::kSent, .reason = "SENT", .words = "", .recipients = {}};
    if (!begun.ok()) return OnNotRecorded(id, begun.error());
    if (begun->next == SentRecords::Next::kUnknown) {
      return OnOutcome(
          id,
          {.fate = SmtpFate::kUnknown, .reason = "RECORD_UNKNOWN", .words = "", .recipients = {}});
    }
    if (begun->next == SentRecords::Next::kElsewhere) return OnElsewhere(id);
    for (const std::string& address : waiting) {
      const bool waits = begun->next == SentRecords::Next::kSend &&
                         std::find(begun->recipients.begin(), begun->recipients.end(), address) !=
                             begun->recipients.end();
      if (!waits) before.recipients.push_back({.address = address, .fate = SmtpFate::kSent});
    }
    if (begun->next == SentRecords::Next::kSent) return OnOutcome(id, before);
    const Answer& sent = answers_.at(id);
    sent.mail.inbox->smtp->Send({.from = sent.from,
                                 .recipients = begun->recipients,
                                 .bytes = sent.mail.bytes,
                                 .envelope_id = id},
                                desk_.Alive([this, id, before, under_way](SmtpOutcome outcome) {
                                  outcome.recipients.insert(outcome.recipients.end(),
                                                            before.recipients.begin(),
                                                            before.recipients.end());
                                  OnOutcome(id, outcome);
                                }));
  }));
}

void MailAnswers::Leave(const std::string& mailbox) {
  lanes_[mailbox].busy = false;
  SendNextOf(mailbox);
}

SentRecords::Done MailAnswers::Recorded() {
  return [under_way = at_servers_.lock(), &metrics = desk_.metrics](const Result<void>& done) {
    if (done.ok()) return;
    metrics.CountNotRecorded(done.error().reason);
    io::LogError(io::LogLevel::kWarning, "mail_not_recorded", done.error());
  };
}

// The server has decided, and the mailbox does not know: until it does, a process that comes next
// takes the mail for one of unknown fate, or its copy is not where people look for it.
void MailAnswers::RecordEnd(const EndedMail& ended) {
  const auto done = desk_.Alive([this, ended, told = Recorded()](const Result<void>& recorded) {
    if (recorded.ok() || !under_way_) return told(recorded);
    if (ended.tries == 0) told(recorded);
    if (unrecorded_.size() >= kUnrecordedMax) unrecorded_.pop_front();
    unrecorded_.push_back(ended);
    ++unrecorded_.back().tries;
    if (!record_timer_.pending()) {
      record_timer_.Start(kRecordEndAgainAfter, [this] { RecordEndsAgain(); });
    }
  });
  if (ended.was_sent) return records_.OnSent(ended.mail, done);
  records_.OnFailed(ended.mail, done);
}

void MailAnswers::RecordEndsAgain() {
  for (const EndedMail& ended : std::exchange(unrecorded_, {})) RecordEnd(ended);
}

// It may still be told what became of it; if not, nobody knows.
void MailAnswers::OnElsewhere(const std::string& message_id) {
  Answer& answer = answers_.at(message_id);
  if (answer.elsewhere == kElsewhereAfter.size()) {
    return OnOutcome(
        message_id,
        {.fate = SmtpFate::kUnknown, .reason = "RECORD_UNKNOWN", .words = "", .recipients = {}});
  }
  const std::string mailbox = answer.mail.inbox->config->id;
  Wait(message_id, kElsewhereAfter[answer.elsewhere++], [this, message_id, mailbox] {
    lanes_[mailbox].waiting.push_front(message_id);
    SendNextOf(mailbox);
  });
  Leave(mailbox);
}

// Without a record nothing is sent: whoever came after us would send it once more.
void MailAnswers::OnNotRecorded(const std::string& message_id, const Error& error) {
  Answer& answer = answers_.at(message_id);
  io::LogError(io::LogLevel::kWarning, "mail_waits_for_its_mailbox", error,
               {{"contact", answer.contact_id}});
  // What was written of it before the connection ended is not known.
  answer.mail.is_known_to_wait = answer.mail.is_known_to_wait || !answer.mail.may_have_begun;
  if (++answer.unrecorded == kUnrecordedUntilTold) {
    desk_.Note(answer.contact_id, "late-" + std::to_string(answer.message),
               "This mail is late: its mailbox cannot be written to (" + error.message +
                   "). It is tried again.");
  }
  Wait(message_id, kRecordAgainAfter, [this, message_id] { Begin(message_id); });
}

void MailAnswers::OnOutcome(const std::string& message_id, const SmtpOutcome& outcome) {
  const std::string mailbox = answers_.at(message_id).mail.inbox->config->id;
  const OutboxEntry entry = outbox_.OnOutcome(message_id, outcome, desk_.clock.Now());
  desk_.metrics.CountSent(entry.state == OutboxState::kDue ? "deferred" : ToText(entry.state));
  switch (entry.state) {
    case OutboxState::kDue:
      OnDeferred(message_id, entry, outcome.reason);
      break;
    case OutboxState::kUndecided:
      OnUndecided(message_id);
      break;
    default:
      OnSettled(message_id, entry);
  }
  Leave(mailbox);
  DriveOutbox();
}

void MailAnswers::OnDeferred(const std::string& message_id, const OutboxEntry& entry,
                             const std::string& reason) {
  Answer& answer = answers_.at(message_id);
  io::Log(io::LogLevel::kWarning, "mail_deferred",
          {{"contact", answer.contact_id}, {"tries", entry.tries}, {"reason", reason}});
  answer.mail.is_known_to_wait = true;
  records_.OnDeferred(answer.mail, entry.waiting, Recorded());
  if (entry.tries != kTriesUntilTold) return;
  desk_.Note(answer.contact_id, "late-" + std::to_string(answer.message),
             "This mail is late: its server does not take it yet (" + entry.words +
                 "). It is tried again for five days.");
  MailFate fate = FateOf(answer.contact_id, answer.message, MailFate::State::kDeferred);
  fate.words = entry.words;
  fate.since = entry.created_at;
  fates_.Tell(std::move(fate), {});
}

// Only a copy that the server kept can tell; not every server keeps one.
void MailAnswers::OnUndecided(const std::string& message_id) {
  const Answer& answer = answers_.at(message_id);
  const EmailMailbox& mailbox = *answer.mail.inbox->config;
  const bool may_tell = mailbox.sent_by_server && !mailbox.sent_folder.empty();
  if (may_tell && answer.looks < kLookAfter.size()) {
    return Wait(message_id, kLookAfter[answer.looks],
                [this, message_id] { LookAgain(message_id); });
  }
  const Result<OutboxEntry> dropped = outbox_.Drop(message_id);
  USHER_CHECK(dropped.ok(), "an undecided mail can be left");
  const Answer told = answers_.at(message_id);
  answers_.erase(message_id);
  waits_.erase(message_id);
  Settle(FateOf(told.contact_id, told.message, MailFate::State::kUnknown),
         std::string(kUnknownFate));
}

void MailAnswers::Wait(const std::string& message_id, Duration duration,
                       std::function<void()> then) {
  if (!under_way_) return;
  auto& timer = waits_[message_id];
  if (!timer) timer = std::make_unique<io::Timer>(desk_.loop);
  timer->Start(duration, std::move(then));
}

void MailAnswers::LookAgain(const std::string& message_id) {
  Answer& answer = answers_.at(message_id);
  ++answer.looks;
  records_.LookForCopy(answer.mail, desk_.Alive([this, message_id](const Result<bool>& found) {
    if (!found.ok() || !*found) return OnUndecided(message_id);
    OnSettled(message_id, outbox_.OnFound(message_id));
  }));
}

void MailAnswers::OnSettled(const std::string& message_id, const OutboxEntry& entry) {
  const Answer answer = answers_.at(message_id);
  answers_.erase(message_id);
  waits_.erase(message_id);
  const auto is_sent = [](const SmtpRecipient& one) { return one.fate == SmtpFate::kSent; };
  const bool anybody = std::any_of(entry.settled.begin(), entry.settled.end(), is_sent);
  RecordEnd({.mail = answer.mail, .was_sent = anybody});
  MailFate fate = FateOf(answer.contact_id, answer.message, MailFate::State::kSent);
  fate.recipients = entry.settled.size();
  std::string note;
  if (entry.state == OutboxState::kFailed) {
    fate.state = MailFate::State::kFailed;
    fate.event_id = EventId(answer.contact_id, answer.message, fate.state);
    note = "This mail was not delivered";
    for (const SmtpRecipient& one : entry.settled) {
      if (is_sent(one)) continue;
      note += "\n" + one.address + ": " + one.words;
      if (fate.words.empty()) fate.words = one.words;
    }
    if (anybody) note += "\nThe others have it.";
  }
  const auto talk = desk_.talks.find(answer.contact_id);
  if (anybody && talk != desk_.talks.end()) talk->second.newest_own = answer.message;
  // What a program wrote and was sent needs no line of its own.
  if (answer.from.empty() && note.empty()) return MoveOn(answer.contact_id, answer.message);
  Settle(std::move(fate), note);
}

MailFate MailAnswers::FateOf(const std::string& contact_id, std::uint64_t message,
                             MailFate::State state) const {
  MailFate fate{.state = state,
                .event_id = EventId(contact_id, message, state),
                .contact_id = contact_id,
                .message = message};
  const auto talk = desk_.talks.find(contact_id);
  if (talk == desk_.talks.end()) return fate;
  fate.customer_id = talk->second.customer_id;
  // A robot's address is nobody's.
  if (talk->second.about.origin == "person") fate.address = talk->second.about.from;
  return fate;
}

// A message is dealt with: nobody sends it any more. That is said once its fate stands in the
// timeline: whoever comes after a kill tells that again, and it stands there once.
void MailAnswers::Settle(MailFate fate, const std::string& note) {
  const std::string contact_id = fate.contact_id;
  const std::uint64_t message = fate.message;
  if (!note.empty()) desk_.Note(contact_id, "fate-" + std::to_string(message), note);
  fates_.Tell(std::move(fate), [this, contact_id, message] { MoveOn(contact_id, message); });
}

void MailAnswers::MoveOn(const std::string& contact_id, std::uint64_t message) {
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
