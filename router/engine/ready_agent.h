// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>

#include "base/time.h"
#include "router/engine/live_contact.h"
#include "router/engine/strategy_value.h"

namespace usher::engine {

// An agent who can be asked now by a class, in the order in which its strategy asks: by tier, then
// by the strategy's value where that stands still, then as longest-idle does. For random it is tier
// and id alone.
struct ReadyAgent {
  std::int32_t tier = 0;
  AgentIndex agent = kNoIndex;  // indexes rise with the ids
  StrategyValue value{};
  Instant idle_since{};
  bool holds = false;

  friend bool operator==(const ReadyAgent&, const ReadyAgent&) = default;
  friend bool operator<(const ReadyAgent& a, const ReadyAgent& b) {
    if (a.tier != b.tier) return a.tier < b.tier;
    if (!(a.value == b.value)) return a.value < b.value;
    return std::tie(a.holds, a.idle_since, a.agent) < std::tie(b.holds, b.idle_since, b.agent);
  }
};

}  // namespace usher::engine
