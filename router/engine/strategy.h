// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>

#include "router/engine/demand.h"
#include "router/engine/live_agent.h"
#include "router/engine/live_queue.h"

namespace usher::engine {

// What a strategy makes of an agent: an exact fraction, lower first. A denominator is above 0.
struct StrategyValue {
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;

  friend bool operator==(const StrategyValue& a, const StrategyValue& b) {
    return Cross(a, b) == Cross(b, a);
  }
  friend bool operator<(const StrategyValue& a, const StrategyValue& b) {
    return Cross(a, b) < Cross(b, a);
  }

 private:
  __extension__ using Wide = __int128;
  static Wide Cross(const StrategyValue& a, const StrategyValue& b) {
    return static_cast<Wide>(a.numerator) * b.denominator;
  }
};

// What the strategies look at beside the agent.
struct StrategyView {
  const LiveQueue& queue;     // the contact's
  const DemandClass& demand;  // the contact's
  const TimeZone& zone;
  Instant now;
};

// The weight of weighted-random: 1 / (1 + tier) in whole parts of 2^32. Negative tiers weigh as 0.
std::uint64_t WeightOfTier(std::int32_t tier);

// Whether the value is more than the order of the ready set (tier, holds nothing, idle time, id).
bool HasValue(Strategy strategy);
// The value of point 11 of the semantics, by strategy; 0 where HasValue is false.
StrategyValue ValueOf(const LiveAgent& agent, AgentIndex index, const StrategyView& view);

}  // namespace usher::engine
