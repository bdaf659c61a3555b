// SPDX-License-Identifier: Apache-2.0
#include "router/engine/state.h"

// Events of agents: signing in and out, presence, the console's connection.

namespace usher::engine {

void State::On(const SignedIn& event, Instant at) {
  LiveAgent& agent = Get(event.agent);
  agent.presence = Presence::kAvailable;
  agent.presence_since = at;
  agent.reason.clear();
  agent.grace_ends.reset();
  agent.idle_since = at;
  agent.misses = 0;
  CountSignedIn(agent, at, true);
  CountStaff(agent, true, at);
  SettleAgent(agent);
}

void State::On(const SignedOut& event, Instant at) {
  LiveAgent& agent = Get(event.agent);
  agent.presence = Presence::kOffline;
  agent.presence_since = at;
  agent.reason.clear();
  agent.grace_ends.reset();
  CountSignedIn(agent, at, false);
  CountStaff(agent, false, at);
  SettleAgent(agent);
}

void State::On(const PresenceChanged& event, Instant at) {
  LiveAgent& agent = Get(event.agent);
  if (event.presence == Presence::kAvailable && agent.presence == Presence::kNotReady) {
    agent.misses = 0;
  }
  agent.presence = event.presence;
  agent.presence_since = at;
  agent.reason = event.reason;
  SettleAgent(agent);
}

void State::On(const ConnectionChanged& event, Instant) {
  LiveAgent& agent = Get(event.agent);
  agent.grace_ends = event.grace_ends;
  SettleAgent(agent);
}

void State::CountSignedIn(LiveAgent& agent, Instant at, bool is_signed_in) {
  agent.today = RolledTo(agent.today, at, domain_.timezone);
  if (is_signed_in) {
    agent.today.signed_in_since = at;
  } else {
    agent.today.signed_in = SignedInAt(agent.today, at);
    agent.today.signed_in_since.reset();
  }
}

void State::CountBusy(LiveAgent& agent, Instant at) {
  if (agent.IsBusy() == agent.today.busy_since.has_value()) return;
  agent.today = RolledTo(agent.today, at, domain_.timezone);
  if (agent.IsBusy()) {
    agent.today.busy_since = at;
  } else {
    agent.today.busy = BusyAt(agent.today, at);
    agent.today.busy_since.reset();
  }
}

void State::CountStaff(const LiveAgent& agent, bool is_signed_in, Instant at) {
  for (const Membership& membership : agent.memberships) {
    LiveQueue& queue = queues_[membership.queue];
    queue.signed_in += is_signed_in ? 1 : std::size_t(-1);
    const bool is_empty = queue.signed_in == 0;
    if (is_empty == queue.empty_since.has_value()) continue;
    queue.empty_since = is_empty ? std::optional<Instant>(at) : std::nullopt;
    MarkDirty(queue);
    if (!queue.MayLeaveWhenEmpty()) continue;
    // Settled, not only rearmed: in a fold a pause may have ended before this, and the new timer
    // would not look back.
    queue.order.ForEach([&](const OrderEntry& entry) {
      Settle(entry.contact);
      return true;
    });
  }
  classes_touched_ += agent.classes.size();
  for (const ServedClass& served : agent.classes) {
    DemandClass& demand = *class_at_[served.demand];
    demand.signed_in += is_signed_in ? 1 : std::size_t(-1);
    ListIfUnserved(demand);
  }
  if (is_signed_in) ListStranded();
}

}  // namespace usher::engine
