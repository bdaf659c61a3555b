// SPDX-License-Identifier: Apache-2.0
#include "channels/email/auto_reply_budget.h"

namespace usher::email {

void AutoReplyBudget::Forget(Times& times, Instant before) {
  while (!times.empty() && times.front() <= before) times.pop_front();
}

// Room is made of who has nothing spent any more; null where there is nobody like that.
AutoReplyBudget::Sender* AutoReplyBudget::Find(const std::string& address, Instant now) {
  if (const auto known = senders_.find(address); known != senders_.end()) return &known->second;
  if (senders_.size() >= kSendersMax) {
    const auto oldest = senders_.find(by_last_.front());
    Forget(oldest->second.times, now - limits_.sender_span);
    if (!oldest->second.times.empty()) return nullptr;
    by_last_.pop_front();
    senders_.erase(oldest);
  }
  Sender& made = senders_[address];
  made.place = by_last_.insert(by_last_.end(), address);
  return &made;
}

AutoReplyBudget::Verdict AutoReplyBudget::Spend(const std::string& mailbox,
                                                const std::string& sender, Instant now) {
  Times& ours = mailboxes_[mailbox];
  Forget(ours, now - limits_.mailbox_span);
  if (ours.size() >= limits_.of_mailbox) return Verdict::kMailboxSpent;
  Sender* const theirs = Find(sender, now);
  if (theirs == nullptr) return Verdict::kSenderSpent;
  Forget(theirs->times, now - limits_.sender_span);
  if (theirs->times.size() >= limits_.of_sender) return Verdict::kSenderSpent;
  theirs->times.push_back(now);
  by_last_.splice(by_last_.end(), by_last_, theirs->place);
  ours.push_back(now);
  return Verdict::kGranted;
}

}  // namespace usher::email
