// SPDX-License-Identifier: Apache-2.0
#include "router/engine/demand.h"

#include <algorithm>

#include "router/engine/capacity.h"

namespace usher::engine {

std::optional<std::int32_t> DemandClass::TierOf(const LiveAgent& agent) const {
  std::optional<std::int32_t> lowest;
  for (const QueueIndex queue : queues) {
    const Membership* membership = agent.FindMembership(queue);
    if (membership == nullptr) continue;
    if (!lowest || membership->tier < *lowest) lowest = membership->tier;
  }
  if (!lowest || (max_tier && *lowest > *max_tier)) return std::nullopt;
  if (!ServesChannel(agent, key.channel) || !requirement.Evaluate(agent.levels)) {
    return std::nullopt;
  }
  return lowest;
}

bool DemandClass::IsMember(const LiveAgent& agent) const {
  return std::any_of(queues.begin(), queues.end(),
                     [&](QueueIndex queue) { return agent.FindMembership(queue) != nullptr; });
}

}  // namespace usher::engine
