// SPDX-License-Identifier: Apache-2.0
#include "channels/email/outbox.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace usher::email {

namespace {

constexpr std::array<int, 6> kRetryMinutes = {1, 5, 15, 30, 60, 120};

Duration RetryAfter(unsigned tries) {
  const std::size_t step = std::min<std::size_t>(tries, kRetryMinutes.size()) - 1;
  return std::chrono::minutes{kRetryMinutes[step]};
}

Error Unknown(const std::string& message_id) {
  return {Code::kNotFound, "MAIL_UNKNOWN", "no mail " + message_id + " is on its way",
          "it was sent, failed or was taken back before"};
}

}  // namespace

std::string_view ToText(OutboxState state) {
  switch (state) {
    case OutboxState::kHeld:
      return "held";
    case OutboxState::kDue:
      return "due";
    case OutboxState::kSending:
      return "sending";
    case OutboxState::kUndecided:
      return "undecided";
    case OutboxState::kSent:
      return "sent";
    case OutboxState::kFailed:
      return "failed";
  }
  USHER_CHECK(false, "a state without a name");
}

Result<OutboxEntry> Outbox::Add(const std::string& message_id, std::vector<std::string> recipients,
                                Instant now) {
  if (entries_.contains(message_id)) {
    return Error{Code::kAlreadyExists, "MAIL_KNOWN", "mail " + message_id + " is on its way",
                 "give each mail a Message-ID of its own"};
  }
  if (entries_.size() >= limits_.entries_max) {
    return Error{Code::kResourceExhausted, "OUTBOX_FULL",
                 "more than " + std::to_string(limits_.entries_max) + " mails are on their way",
                 "see why the server does not take them"};
  }
  OutboxEntry entry{.message_id = message_id,
                    .state = OutboxState::kHeld,
                    .created_at = now,
                    .due = now + limits_.undo,
                    .waiting = std::move(recipients)};
  entries_[message_id] = entry;
  return entry;
}

OutboxEntry Outbox::Restore(OutboxEntry entry) {
  if (entry.state == OutboxState::kSending) entry.state = OutboxState::kUndecided;
  const bool is_open = entry.state != OutboxState::kSent && entry.state != OutboxState::kFailed;
  if (is_open) entries_[entry.message_id] = entry;
  return entry;
}

Result<void> Outbox::Undo(const std::string& message_id, Instant now) {
  const auto found = entries_.find(message_id);
  if (found == entries_.end()) return Unknown(message_id);
  if (found->second.state != OutboxState::kHeld || found->second.due <= now) {
    return Error{Code::kFailedPrecondition, "MAIL_ON_ITS_WAY",
                 "mail " + message_id + " is no longer held", "write another one to correct it"};
  }
  entries_.erase(found);
  return {};
}

std::optional<OutboxEntry> Outbox::TakeDue(Instant now) {
  OutboxEntry* next = nullptr;
  for (auto& [id, entry] : entries_) {
    const bool waits = entry.state == OutboxState::kHeld || entry.state == OutboxState::kDue;
    if (waits && entry.due <= now && (next == nullptr || entry.due < next->due)) next = &entry;
  }
  if (next == nullptr) return std::nullopt;
  next->state = OutboxState::kSending;
  ++next->tries;
  return *next;
}

OutboxEntry Outbox::OnOutcome(const std::string& message_id, const SmtpOutcome& outcome,
                              Instant now) {
  const auto found = entries_.find(message_id);
  USHER_CHECK(found != entries_.end(), "an outcome of no mail");
  USHER_CHECK(found->second.state == OutboxState::kSending, "an outcome of a mail that waits");
  OutboxEntry& entry = found->second;
  entry.words = outcome.words;
  if (outcome.fate == SmtpFate::kUnknown) {
    entry.state = OutboxState::kUndecided;
    return entry;
  }
  for (const SmtpRecipient& recipient : outcome.recipients) {
    if (recipient.fate == SmtpFate::kDeferred) continue;
    if (std::erase(entry.waiting, recipient.address) > 0) entry.settled.push_back(recipient);
  }
  if (entry.waiting.empty()) return Settle(entry);
  if (now - entry.created_at >= limits_.give_up) {
    for (const std::string& address : entry.waiting) {
      entry.settled.push_back(
          {.address = address, .fate = SmtpFate::kRefused, .words = outcome.words});
    }
    entry.waiting.clear();
    return Settle(entry);
  }
  entry.state = OutboxState::kDue;
  entry.due = now + RetryAfter(entry.tries);
  return entry;
}

// Nothing waits any more: it is sent, or has failed for somebody.
OutboxEntry Outbox::Settle(OutboxEntry& entry) {
  const bool all = std::all_of(entry.settled.begin(), entry.settled.end(),
                               [](const auto& one) { return one.fate == SmtpFate::kSent; });
  entry.state = all ? OutboxState::kSent : OutboxState::kFailed;
  OutboxEntry settled = std::move(entry);
  entries_.erase(settled.message_id);
  return settled;
}

std::vector<std::string> Outbox::Undecided() const {
  std::vector<std::string> ids;
  for (const auto& [id, entry] : entries_) {
    if (entry.state == OutboxState::kUndecided) ids.push_back(id);
  }
  return ids;
}

OutboxEntry Outbox::OnFound(const std::string& message_id) {
  const auto found = entries_.find(message_id);
  USHER_CHECK(found != entries_.end(), "no mail that was looked for");
  USHER_CHECK(found->second.state == OutboxState::kUndecided, "a mail that nobody looked for");
  OutboxEntry& entry = found->second;
  for (const std::string& address : entry.waiting) {
    entry.settled.push_back({.address = address, .fate = SmtpFate::kSent, .words = ""});
  }
  entry.waiting.clear();
  return Settle(entry);
}

Result<OutboxEntry*> Outbox::FindStuck(const std::string& message_id) {
  const auto found = entries_.find(message_id);
  if (found == entries_.end()) return Unknown(message_id);
  if (found->second.state == OutboxState::kUndecided) return &found->second;
  return Error{Code::kFailedPrecondition, "MAIL_NOT_STUCK",
               "mail " + message_id + " is " + std::string(ToText(found->second.state)),
               "wait until it is sent or has failed"};
}

Result<OutboxEntry> Outbox::Retry(const std::string& message_id, Instant now) {
  const Result<OutboxEntry*> stuck = FindStuck(message_id);
  if (!stuck.ok()) return stuck.error();
  (*stuck)->state = OutboxState::kDue;
  (*stuck)->due = now;
  return **stuck;
}

Result<OutboxEntry> Outbox::Drop(const std::string& message_id) {
  const Result<OutboxEntry*> stuck = FindStuck(message_id);
  if (!stuck.ok()) return stuck.error();
  OutboxEntry& entry = **stuck;
  for (const std::string& address : entry.waiting) {
    entry.settled.push_back({.address = address, .fate = SmtpFate::kUnknown, .words = entry.words});
  }
  entry.waiting.clear();
  return Settle(entry);
}

Instant Outbox::NextDue() const {
  Instant due = kNever;
  for (const auto& [id, entry] : entries_) {
    const bool waits = entry.state == OutboxState::kHeld || entry.state == OutboxState::kDue;
    if (waits) due = std::min(due, entry.due);
  }
  return due;
}

}  // namespace usher::email
