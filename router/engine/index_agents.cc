// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "router/engine/capacity.h"
#include "router/engine/state.h"

// The places of agents: in the ready set of every class that they can serve.

namespace usher::engine {

Readiness State::ReadinessOf(const LiveAgent& agent) const {
  Readiness readiness{0, agent.HoldsAny(), agent.idle_since};
  if (agent.presence != Presence::kAvailable || agent.grace_ends) return readiness;
  if (agent.asked_from && *agent.asked_from > clock_) return readiness;
  for (const Channel channel : kChannels) {
    if (HasRoom(agent, channel)) readiness.channels |= 1u << static_cast<int>(channel);
  }
  return readiness;
}

void State::SettleAgent(AgentIndex index) {
  LiveAgent& agent = agents_[index];
  const Readiness readiness = ReadinessOf(agent);
  if (readiness != agent.posted) PostReadiness(index, agent, readiness);
  Rearm(index, agent);
  for (const ContactSlot slot : std::exchange(agent.hopefuls, {})) {
    LiveContact& contact = contacts_[slot];
    if (!contact.id || !contact.hoping || contact.prefer != index) continue;
    contact.hoping = false;
    Settle(slot);
  }
}

void State::PostReadiness(AgentIndex index, LiveAgent& agent, const Readiness& readiness) {
  for (const ServedClass& served : agent.classes) {
    DemandClass& demand = *served.demand;
    const Channel channel = demand.key.channel;
    if (agent.posted.Has(channel)) {
      demand.ready.Erase(EntryOf(agent.posted, served.tier, index));
    }
    if (readiness.Has(channel)) {
      demand.ready.Insert(EntryOf(readiness, served.tier, index));
      ListIfMatchable(demand);
    }
  }
  agent.posted = readiness;
}

}  // namespace usher::engine
