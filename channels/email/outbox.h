// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "channels/email/smtp_client.h"

namespace usher::email {

enum class OutboxState {
  kHeld,       // may still be taken back
  kDue,        // is sent when its time has come
  kSending,    // at the server
  kUndecided,  // the server may have it: whether it has is being found out
  kSent,       // taken by the server for all who can have it
  kFailed,     // for some or all of its recipients there is no more hope
};

std::string_view ToText(OutboxState state);

// A mail on its way out, as it is kept over restarts.
struct OutboxEntry {
  std::string message_id{};
  OutboxState state = OutboxState::kHeld;
  Instant created_at{};
  Instant due{};  // of kHeld: when it is no longer held; of kDue: the next try
  unsigned tries = 0;
  std::vector<std::string> waiting{};    // recipients that have not got it
  std::vector<SmtpRecipient> settled{};  // those that have, and those that never will
  std::string words{};                   // of the last answer, for the agent
};

// What becomes of mails that are sent: when each is tried, again and for how long, and what is to
// be found out. It holds no bytes and does no I/O: whoever owns it stores each entry that a call
// gives back before acting on it, and restores them after a restart. One thread at a time.
//
//   auto entry = outbox.Add(id, recipients, now);   // store it
//   while (auto entry = outbox.TakeDue(now))        // store it, send entry->waiting, then
//     outbox.OnOutcome(id, outcome, now);           // store what this gives
class Outbox {
 public:
  struct Limits {
    Duration undo{10'000};                     // an agent may take a mail back that long
    Duration give_up{5LL * 24 * 60 * 60'000};  // RFC 5321, 4.5.4.1: four to five days
    std::size_t entries_max = 10'000;          // not yet sent or failed
  };

  explicit Outbox(Limits limits) : limits_(limits) {}

  // RESOURCE_EXHAUSTED/OUTBOX_FULL, ALREADY_EXISTS/MAIL_KNOWN.
  Result<OutboxEntry> Add(const std::string& message_id, std::vector<std::string> recipients,
                          Instant now);
  // After a restart. What was being sent when the process ended is undecided from then on: only
  // the server knows.
  OutboxEntry Restore(OutboxEntry entry);

  // Takes a mail back that is still held. FAILED_PRECONDITION/MAIL_ON_ITS_WAY, NOT_FOUND.
  Result<void> Undo(const std::string& message_id, Instant now);

  // The next mail whose time has come; it is being sent from then on.
  std::optional<OutboxEntry> TakeDue(Instant now);
  // What SMTP said. Deferred recipients are tried again after 1, 5, 15, 30, 60 and then every 120
  // minutes, until `give_up`; each recipient is settled on its own.
  OutboxEntry OnOutcome(const std::string& message_id, const SmtpOutcome& outcome, Instant now);

  // Mails of unknown fate: look for their Message-ID where the server keeps what it sent.
  std::vector<std::string> Undecided() const;
  // Found: it was sent. Not found is no proof, so the mail stays undecided, and an agent decides by
  // Retry or Drop, who is shown why.
  OutboxEntry OnFound(const std::string& message_id);
  // An agent's word: send it once more, though some may get it twice. NOT_FOUND, MAIL_NOT_STUCK.
  Result<OutboxEntry> Retry(const std::string& message_id, Instant now);
  // An agent's word: leave it. NOT_FOUND, MAIL_NOT_STUCK.
  Result<OutboxEntry> Drop(const std::string& message_id);

  // When TakeDue may have something; kNever where nothing waits.
  Instant NextDue() const;
  std::size_t size() const { return entries_.size(); }

 private:
  OutboxEntry Settle(OutboxEntry& entry);
  Result<OutboxEntry*> FindStuck(const std::string& message_id);

  const Limits limits_;
  std::map<std::string, OutboxEntry> entries_;  // by Message-ID; neither sent nor failed
};

}  // namespace usher::email
