// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace usher::email {

struct AutoReplyLimits {
  std::size_t of_sender = 5;  // automatic answers to one address
  Duration sender_span{24 * 60 * 60'000};
  std::size_t of_mailbox = 200;  // from one mailbox, to whomever
  Duration mailbox_span{60 * 60'000};
};

// How many automatic answers go out, whatever signs a mail has or lacks: two desks that answer each
// other stop when the sender's are spent, and a flood of made-up senders when the mailbox's are.
// What is spent comes back when its span is over, one by one.
//
// In memory only: after a restart all is there anew. At most kSendersMax addresses are remembered;
// while all of them have answers within the span nobody else gets any. One thread at a time.
class AutoReplyBudget {
 public:
  static constexpr std::size_t kSendersMax = 20'000;

  explicit AutoReplyBudget(AutoReplyLimits limits) : limits_(limits) {}

  enum class Verdict { kGranted, kSenderSpent, kMailboxSpent };
  // Spends one of both where both have one. Addresses as they are compared: in lower case.
  Verdict Spend(const std::string& mailbox, const std::string& sender, Instant now);

  std::size_t senders() const { return senders_.size(); }

 private:
  using Times = std::deque<Instant>;
  struct Sender {
    Times times;
    std::list<std::string>::iterator place;
  };

  static void Forget(Times& times, Instant before);
  Sender* Find(const std::string& address, Instant now);

  const AutoReplyLimits limits_;
  std::unordered_map<std::string, Sender> senders_;
  std::list<std::string> by_last_;                    // who was answered longest ago first
  std::unordered_map<std::string, Times> mailboxes_;  // as many as the file has
};

}  // namespace usher::email
