// SPDX-License-Identifier: Apache-2.0
#include "router/engine/why.h"

#include <algorithm>
#include <array>

#include "router/engine/capacity.h"

namespace usher::engine {
namespace {

// The hurdles between an agent and a contact, in the order in which they are met.
constexpr std::array kHurdles = {
    Refusal::kNoAgents,  // not a member, or not signed in
    Refusal::kWrongChannel, Refusal::kWrongSkill,  Refusal::kTierClosed, Refusal::kNotReady,
    Refusal::kConsoleLost,  Refusal::kRejectDelay, Refusal::kNoRoom,     Refusal::kNone};

std::size_t PlaceOf(Refusal hurdle) {
  return static_cast<std::size_t>(std::find(kHurdles.begin(), kHurdles.end(), hurdle) -
                                  kHurdles.begin());
}

bool IsTierOpen(const DemandClass& demand, const LiveAgent& agent) {
  return std::any_of(demand.queues.begin(), demand.queues.end(), [&](QueueIndex queue) {
    const Membership* membership = agent.FindMembership(queue);
    return membership != nullptr && (!demand.max_tier || membership->tier <= *demand.max_tier);
  });
}

// What the agent lacks for this demand, whatever she does now; kNone where nothing.
Refusal StandingHurdle(const DemandClass& demand, const LiveAgent& agent) {
  if (!ServesChannel(agent, demand.key.channel)) return Refusal::kWrongChannel;
  if (!demand.requirement.Evaluate(agent.levels)) return Refusal::kWrongSkill;
  if (!IsTierOpen(demand, agent)) return Refusal::kTierClosed;
  return Refusal::kNone;
}

bool IsInRejectDelay(const State& state, const LiveAgent& agent) {
  return agent.asked_from && *agent.asked_from > state.clock();
}

Refusal HurdleBetween(const State& state, const DemandClass& demand, const LiveAgent& agent) {
  if (!demand.IsMember(agent) || !agent.IsSignedIn()) return Refusal::kNoAgents;
  const Refusal standing = StandingHurdle(demand, agent);
  if (standing != Refusal::kNone) return standing;
  if (agent.presence != Presence::kAvailable) return Refusal::kNotReady;
  if (agent.grace_ends) return Refusal::kConsoleLost;
  if (IsInRejectDelay(state, agent)) return Refusal::kRejectDelay;
  if (!HasRoom(agent, demand.key.channel)) return Refusal::kNoRoom;
  return Refusal::kNone;
}

bool IsInRetryPause(const State& state, const LiveContact& contact) {
  return contact.offers && contact.offers->offer_again_from &&
         *contact.offers->offer_again_from > state.clock();
}

// Why this contact is not this agent's: the hurdles that point 41 lists for agents.
Refusal HurdleTo(const State& state, const LiveContact& contact, const LiveAgent& agent) {
  const Refusal standing = StandingHurdle(*contact.demand, agent);
  if (standing != Refusal::kNone) return standing;
  if (!HasRoom(agent, contact.channel)) return Refusal::kNoRoom;
  if (state.HasPreferredHope(contact) && contact.prefer != state.IndexOf(agent)) {
    return Refusal::kPreferredWait;
  }
  if (IsInRetryPause(state, contact)) return Refusal::kRetryWait;
  return Refusal::kNone;
}

constexpr std::array kIdleHurdles = {
    Refusal::kNoContacts, Refusal::kWrongChannel,  Refusal::kWrongSkill, Refusal::kTierClosed,
    Refusal::kNoRoom,     Refusal::kPreferredWait, Refusal::kRetryWait,  Refusal::kNone};

}  // namespace

Refusal WhyWaiting(const State& state, const LiveContact& contact) {
  if (contact.state == ContactState::kScheduled) return Refusal::kScheduled;
  if (contact.state == ContactState::kOffered) return Refusal::kOffered;
  if (contact.state != ContactState::kWaiting) return Refusal::kNotWaiting;
  if (IsInRetryPause(state, contact)) return Refusal::kRetryWait;
  if (state.HasPreferredHope(contact)) return Refusal::kPreferredWait;
  std::size_t furthest = 0;
  for (const QueueIndex queue : contact.demand->queues) {
    for (const AgentIndex agent : state.queue(queue).agents) {
      const Refusal hurdle = HurdleBetween(state, *contact.demand, state.agent(agent));
      furthest = std::max(furthest, PlaceOf(hurdle));
    }
  }
  return kHurdles[furthest];
}

Refusal WhyIdle(const State& state, const LiveAgent& agent) {
  if (!agent.IsSignedIn()) return Refusal::kOffline;
  if (agent.presence != Presence::kAvailable) return Refusal::kNotReady;
  if (agent.grace_ends) return Refusal::kConsoleLost;
  if (IsInRejectDelay(state, agent)) return Refusal::kRejectDelay;
  std::size_t furthest = 0;
  for (const LiveQueue& queue : state.queues()) {
    queue.order.ForEach([&](const OrderEntry& entry) {
      const LiveContact& contact = state.contacts()[entry.contact];
      if (contact.state != ContactState::kWaiting || !contact.demand->IsMember(agent)) return true;
      const Refusal hurdle = HurdleTo(state, contact, agent);
      const auto place = std::find(kIdleHurdles.begin(), kIdleHurdles.end(), hurdle);
      furthest = std::max(furthest, static_cast<std::size_t>(place - kIdleHurdles.begin()));
      return furthest + 1 < kIdleHurdles.size();
    });
  }
  return kIdleHurdles[furthest];
}

}  // namespace usher::engine
