// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "router/engine/demand.h"
#include "router/engine/live_agent.h"
#include "router/engine/live_queue.h"
#include "router/engine/strategy_value.h"

namespace usher::engine {

// What the strategies look at beside the agent.
struct StrategyView {
  const LiveQueue& queue;     // the contact's
  const DemandClass& demand;  // the contact's
  const TimeZone& zone;
  Instant now;
};

// The weight of weighted-random: 1 / (1 + tier) in whole parts of 2^32. Negative tiers weigh as 0.
std::uint64_t WeightOfTier(std::int32_t tier);

// Whether the strategy goes by a value at all, before holds nothing, idle time and id.
bool HasValue(Strategy strategy);
// Whether that value stands still until the agent is settled anew or a local day begins, so that
// ready sets can be kept in its order. Only least-busy runs with the clock.
bool HasStandingValue(Strategy strategy);
// The value of point 11 of the semantics, by strategy; 0 where HasValue is false.
StrategyValue ValueOf(const LiveAgent& agent, AgentIndex index, const StrategyView& view);

}  // namespace usher::engine
