// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/time.h"

namespace usher::email {

// Which messages of one mailbox wait, are in hand, and are to be marked as taken: the decisions of
// taking mail in, without network or clock. A message is in hand from its fetching until whoever it
// was given to has it for good; only then is it marked. So whatever stops in between, it is found
// again, and the worst is that it is handed over once more, under the same key (ToMailKey).
//
// One thread at a time.
class MailIntake {
 public:
  struct Limits {
    std::size_t waiting_max = 2'000;  // known at all; more are found by the next search
    std::size_t in_hand_max = 8;      // fetched and not yet acknowledged; bounds memory
    Duration retry_first{5'000};      // after a hand-over that failed; doubles
    Duration retry_most{10 * 60'000};
  };

  explicit MailIntake(Limits limits) : limits_(limits) {}

  // The mailbox was opened. Another validity means other messages under the same uids (RFC 3501,
  // 2.3.1.1): all that was known is forgotten, and what is not marked is found by the next search.
  void OnOpened(std::uint32_t uid_validity);
  // The connection is gone: what was being fetched waits again; hand-overs go on without it.
  void OnLost();

  // Unmarked messages were found. Those known already stay as they are. False when some did not
  // fit.
  bool OnFound(const std::vector<std::uint32_t>& uids);

  // The next one to fetch, which is in hand from then on: the lowest uid that is due.
  std::optional<std::uint32_t> TakeNext(Instant now);
  // It was fetched and given away.
  void OnHandedOver(std::uint32_t uid);
  // Whoever has it keeps it: it is to be marked.
  void OnAcknowledged(std::uint32_t uid);
  // It could not be fetched or taken; it waits and is tried again, without stopping others.
  void OnFailed(std::uint32_t uid, Instant now);
  // Somebody else removed it.
  void OnGone(std::uint32_t uid) { mails_.erase(uid); }

  // All that are to be marked, ascending. They stay so until OnMarked.
  std::vector<std::uint32_t> ToMark() const;
  void OnMarked(const std::vector<std::uint32_t>& uids);

  // When TakeNext may have something although nothing happens; kNever where nothing waits.
  Instant NextDue() const;

  std::uint32_t uid_validity() const { return uid_validity_; }
  // One above all that were ever found.
  std::uint32_t next_uid() const { return next_uid_; }
  std::size_t waiting() const;
  std::size_t in_hand() const;

 private:
  enum class State { kWaiting, kFetching, kHandedOver, kToMark };
  struct Mail {
    State state = State::kWaiting;
    Instant due{};
    unsigned failures = 0;
  };

  std::size_t Count(State state) const;

  const Limits limits_;
  std::uint32_t uid_validity_ = 0;
  std::uint32_t next_uid_ = 1;
  std::map<std::uint32_t, Mail> mails_;  // by uid
};

}  // namespace usher::email
