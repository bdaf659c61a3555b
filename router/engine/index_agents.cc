// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "router/engine/capacity.h"
#include "router/engine/state.h"
#include "router/engine/strategy.h"

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
  if (readiness != agent.readiness || (agent.has_values && agent.posted_in > 0)) {
    agent.readiness = readiness;
    MarkUnposted(index, agent);
  }
  Rearm(index, agent);
  for (const ContactSlot slot : std::exchange(agent.hopefuls, {})) {
    LiveContact& contact = contacts_[slot];
    if (!contact.id || !contact.hoping || contact.prefer != index) continue;
    contact.hoping = false;
    Settle(slot);
  }
}

void State::MarkUnposted(AgentIndex index, LiveAgent& agent) {
  if (!std::exchange(agent.is_unposted, true)) unposted_.push_back(index);
}

ReadyAgent State::EntryOf(const DemandClass& demand, AgentIndex index, std::int32_t tier) const {
  const LiveAgent& agent = agents_[index];
  const LiveQueue& queue = queues_[demand.key.queue];
  const Strategy strategy = queue.config->strategy;
  ReadyAgent entry{.tier = tier, .agent = index};
  if (strategy == Strategy::kRandom) return entry;
  entry.idle_since = agent.readiness.idle_since;
  entry.holds = agent.readiness.holds;
  if (HasStandingValue(strategy)) {
    entry.value = ValueOf(agent, index, {queue, demand, domain_.timezone, clock_});
  }
  return entry;
}

// An agent is often ready for no longer than it takes to find her next contact, so ready sets are
// brought up to date only where somebody looks, and for the rest when everybody was asked.
void State::Post(AgentIndex index, LiveAgent& agent, std::size_t place) {
  ServedClass& served = agent.classes[place];
  ++classes_touched_;
  const bool is_ready = agent.readiness.Has(served.channel);
  if (!served.is_posted && !is_ready) return;
  DemandClass& demand = *class_at_[served.demand];
  ReadyAgent& posted = agent.posts[place];
  const ReadyAgent entry = EntryOf(demand, index, served.tier);
  if (served.is_posted) {
    if (is_ready && entry == posted) return;
    demand.ready.Erase(posted);
    --agent.posted_in;
  }
  served.is_posted = is_ready;
  if (!is_ready) return;
  posted = entry;
  demand.ready.Insert(posted);
  ++agent.posted_in;
  ListIfMatchable(demand);
}

void State::PostAll() {
  for (const AgentIndex index : unposted_) {
    LiveAgent& agent = agents_[index];
    agent.is_unposted = false;
    if (agent.posted_in == 0 && agent.readiness.channels == 0) continue;
    for (std::size_t i = 0; i < agent.classes.size(); ++i) Post(index, agent, i);
  }
  unposted_.clear();
}

void State::PostIn(ClassIndex demand) {
  for (const AgentIndex index : unposted_) {
    LiveAgent& agent = agents_[index];
    for (std::size_t i = 0; i < agent.classes.size(); ++i) {
      if (agent.classes[i].demand == demand) Post(index, agent, i);
    }
  }
}

bool State::IsAnyUnpostedReady() const {
  return std::any_of(unposted_.begin(), unposted_.end(),
                     [&](AgentIndex index) { return agents_[index].readiness.channels != 0; });
}

}  // namespace usher::engine
