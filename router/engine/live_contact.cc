// SPDX-License-Identifier: Apache-2.0
#include "router/engine/live_contact.h"

#include <algorithm>

namespace usher::engine {
namespace {

// One entry for each agent asked; more than this many agents only matter to a contact that was
// broadcast, and then the oldest answers are the least asked for.
constexpr std::size_t kPastOffersMax = 1024;

}  // namespace

bool LiveContact::WasAskedInRound(AgentIndex asked) const {
  const EndedOffer* past = FindPastOffer(asked);
  return past != nullptr && past->in_round;
}

const LiveOffer* LiveContact::FindOpenOffer(AgentIndex asked) const {
  if (offers == nullptr) return nullptr;
  for (const LiveOffer& offer : offers->open) {
    if (offer.agent == asked) return &offer;
  }
  return nullptr;
}

const EndedOffer* LiveContact::FindPastOffer(AgentIndex asked) const {
  if (offers == nullptr) return nullptr;
  for (const EndedOffer& past : offers->past) {
    if (past.agent == asked) return &past;
  }
  return nullptr;
}

KeyParts LiveContact::Parts() const {
  KeyParts parts{.own_priority = own_priority, .own_head_start = own_head_start, .within = within};
  if (wishes) {
    parts.own_due = wishes->due;
    parts.queue_priority = wishes->queue_priority;
    parts.queue_head_start = wishes->queue_head_start;
    parts.step_priority = wishes->step_priority;
    parts.step_head_start = wishes->step_head_start;
    parts.queue_due = wishes->queue_due;
  }
  return parts;
}

void LiveContact::SetParts(const KeyParts& parts) {
  own_priority = parts.own_priority;
  own_head_start = parts.own_head_start;
  within = parts.within;
  const bool is_plain = !parts.own_due && !parts.queue_due && parts.queue_priority == 0 &&
                        parts.step_priority == 0 && parts.queue_head_start == Duration{0} &&
                        parts.step_head_start == Duration{0};
  if (is_plain && !wishes) return;
  Wishes().due = parts.own_due;
  Wishes().queue_priority = parts.queue_priority;
  Wishes().queue_head_start = parts.queue_head_start;
  Wishes().step_priority = parts.step_priority;
  Wishes().step_head_start = parts.step_head_start;
  Wishes().queue_due = parts.queue_due;
}

ContactWishes& LiveContact::Wishes() {
  if (!wishes) wishes = std::make_unique<ContactWishes>();
  return *wishes;
}

ContactOffers& LiveContact::Offers() {
  if (!offers) offers = std::make_unique<ContactOffers>();
  return *offers;
}

void LiveContact::RememberOffer(OfferId offer, AgentIndex asked, OfferEnd end, bool in_round) {
  auto& past = Offers().past;
  const auto known =
      std::find_if(past.begin(), past.end(), [&](const EndedOffer& p) { return p.agent == asked; });
  if (known != past.end()) {
    in_round = in_round || known->in_round;
    past.erase(known);
  } else if (past.size() >= kPastOffersMax) {
    past.erase(past.begin());
  }
  past.push_back({offer, asked, end, in_round});
}

void LiveContact::EndRound() {
  if (!offers) return;
  for (EndedOffer& past : offers->past) past.in_round = false;
}

void LiveContact::StopWaiting(Instant at) {
  if (waiting_since == kNever) return;
  waited += at - waiting_since;
  waited_in_queue += at - waiting_since;
  waiting_since = kNever;
}

OrderKey KeyOf(const KeyParts& parts, Instant arrived, std::uint64_t sequence) {
  const Instant due = parts.own_due.value_or(parts.queue_due.value_or(arrived + parts.within));
  return {.priority = parts.own_priority + parts.queue_priority + parts.step_priority,
          .due = due - parts.own_head_start - parts.queue_head_start - parts.step_head_start,
          .sequence = sequence};
}

}  // namespace usher::engine
