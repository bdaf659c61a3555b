// SPDX-License-Identifier: Apache-2.0
#include "router/engine/why.h"

#include <algorithm>
#include <array>

#include "router/engine/hurdles.h"

namespace usher::engine {
namespace {

// The words for a contact, in the order in which its agents meet them.
constexpr std::array kWaitingWords = {
    Refusal::kNoAgents,  // not a member, or not signed in
    Refusal::kWrongChannel, Refusal::kWrongSkill,  Refusal::kTierClosed, Refusal::kNotReady,
    Refusal::kConsoleLost,  Refusal::kRejectDelay, Refusal::kNoRoom,     Refusal::kNone};

// The words for an agent, in the order in which the contacts meet them.
constexpr std::array kIdleWords = {
    Refusal::kNoContacts, Refusal::kWrongChannel,  Refusal::kWrongSkill, Refusal::kTierClosed,
    Refusal::kNoRoom,     Refusal::kPreferredWait, Refusal::kRetryWait,  Refusal::kNone};

Refusal WordOf(HurdleKind hurdle) {
  switch (hurdle) {
    case HurdleKind::kNotMember:
    case HurdleKind::kOffline:
      return Refusal::kNoAgents;
    case HurdleKind::kWrongChannel:
      return Refusal::kWrongChannel;
    case HurdleKind::kWrongSkill:
      return Refusal::kWrongSkill;
    case HurdleKind::kTierClosed:
      return Refusal::kTierClosed;
    case HurdleKind::kNotReady:
      return Refusal::kNotReady;
    case HurdleKind::kConsoleLost:
      return Refusal::kConsoleLost;
    case HurdleKind::kRejectDelay:
      return Refusal::kRejectDelay;
    case HurdleKind::kNoRoom:
      return Refusal::kNoRoom;
    case HurdleKind::kPreferredWait:
      return Refusal::kPreferredWait;
    case HurdleKind::kRetryWait:
      return Refusal::kRetryWait;
    default:
      return Refusal::kNone;
  }
}

// Where a word stands among them; what is none of them lies behind all hurdles.
template <std::size_t size>
std::size_t PlaceOf(const std::array<Refusal, size>& words, Refusal word) {
  const auto place = std::find(words.begin(), words.end(), word);
  return std::min(static_cast<std::size_t>(place - words.begin()), size - 1);
}

}  // namespace

Refusal WhyWaiting(const State& state, const LiveContact& contact, Instant now) {
  if (contact.state == ContactState::kScheduled) return Refusal::kScheduled;
  if (contact.state == ContactState::kOffered) return Refusal::kOffered;
  if (contact.state != ContactState::kWaiting) return Refusal::kNotWaiting;
  const Hurdles hurdles(state, contact, now);
  if (hurdles.IsPausing()) return Refusal::kRetryWait;
  if (hurdles.HasHope()) return Refusal::kPreferredWait;
  std::size_t furthest = 0;
  for (const QueueIndex queue : contact.demand->queues) {
    for (const AgentIndex agent : state.queue(queue).agents) {
      const Refusal word = WordOf(hurdles.Of(state.agent(agent)));
      furthest = std::max(furthest, PlaceOf(kWaitingWords, word));
    }
  }
  return kWaitingWords[furthest];
}

Refusal WhyIdle(const State& state, const LiveAgent& agent, Instant now) {
  if (!agent.IsSignedIn()) return Refusal::kOffline;
  if (agent.presence != Presence::kAvailable) return Refusal::kNotReady;
  if (agent.grace_ends) return Refusal::kConsoleLost;
  if (IsInRejectDelay(agent, now)) return Refusal::kRejectDelay;
  std::size_t furthest = 0;
  for (const LiveQueue& queue : state.queues()) {
    queue.order.ForEach([&](const OrderEntry& entry) {
      const LiveContact& contact = state.contacts()[entry.contact];
      if (contact.state != ContactState::kWaiting || !contact.demand->IsMember(agent)) return true;
      if (contact.Barred() == state.IndexOf(agent)) return true;
      const Refusal word = WordOf(Hurdles(state, contact, now).Of(agent));
      furthest = std::max(furthest, PlaceOf(kIdleWords, word));
      return furthest + 1 < kIdleWords.size();
    });
  }
  return kIdleWords[furthest];
}

}  // namespace usher::engine
