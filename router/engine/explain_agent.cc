// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "router/engine/core.h"
#include "router/engine/engine.h"
#include "router/engine/standings.h"
#include "router/engine/why.h"

// Why an agent is idle.

namespace usher::engine {

std::optional<AgentExplanation> Engine::ExplainAgent(const AgentId& id, Instant at,
                                                     std::size_t limit) const {
  const State& state = core_->state();
  const LiveAgent* agent = state.FindAgent(id);
  if (agent == nullptr || (agent->config == nullptr && !agent->HasWork())) return std::nullopt;
  at = std::max(at, state.clock());
  AgentExplanation explanation{.at = at,
                               .version = state.version(),
                               .agent = id,
                               .why = engine::WhyIdle(state, *agent, at),
                               .presence = agent->presence,
                               .reason = agent->reason,
                               .presence_since = agent->presence_since,
                               .grace_ends = agent->grace_ends,
                               .idle_since = agent->idle_since,
                               .load = LoadOf(*agent),
                               .holdings = HoldingsOf(state, *agent),
                               .held = agent->held.size()};
  if (IsInRejectDelay(*agent, at)) explanation.reject_delay_ends = agent->asked_from;
  explanation.waiting = StandingsOf(state, *agent, at, {.waiting_only = true, .limit = limit});
  return explanation;
}

}  // namespace usher::engine
