// SPDX-License-Identifier: Apache-2.0
#include "router/engine/strategy.h"

#include <algorithm>

#include "router/engine/capacity.h"

namespace usher::engine {
namespace {

// Least recently offered a contact of this queue; never offered first.
StrategyValue RoundRobin(AgentIndex index, const LiveQueue& queue) {
  const auto last = queue.last_offered.find(index);
  if (last == queue.last_offered.end()) return {0, 1};
  return {static_cast<std::int64_t>(last->second.value()), 1};
}

StrategyValue LeastLoaded(const LiveAgent& agent, Channel channel) {
  const Share share = UsedShare(agent, channel);
  return {share.used, share.of};
}

StrategyValue LeastBusy(const LiveAgent& agent, const StrategyView& view) {
  const AgentDay today = RolledTo(agent.today, view.now, view.zone);
  const std::int64_t signed_in = SignedInAt(today, view.now).count();
  if (signed_in <= 0) return {0, 1};
  return {BusyAt(today, view.now).count(), signed_in};
}

std::int64_t SumOfLevels(const LiveAgent& agent, const Requirement& requirement) {
  std::int64_t sum = 0;
  for (const std::int32_t skill : requirement.NamedSkills()) {
    sum += std::max<std::int64_t>(agent.levels[static_cast<std::size_t>(skill)], 0);
  }
  return sum;
}

}  // namespace

std::uint64_t WeightOfTier(std::int32_t tier) {
  const auto parts = 1 + static_cast<std::uint64_t>(std::max(tier, 0));
  return std::max<std::uint64_t>((std::uint64_t{1} << 32) / parts, 1);
}

bool HasValue(Strategy strategy) {
  switch (strategy) {
    case Strategy::kRoundRobin:
    case Strategy::kLeastLoaded:
    case Strategy::kFewestContacts:
    case Strategy::kLeastBusy:
    case Strategy::kBestSkill:
    case Strategy::kLeastSkill:
    case Strategy::kOrdered:
      return true;
    default:
      return false;
  }
}

bool HasStandingValue(Strategy strategy) {
  return HasValue(strategy) && strategy != Strategy::kLeastBusy;
}

StrategyValue ValueOf(const LiveAgent& agent, AgentIndex index, const StrategyView& view) {
  switch (view.queue.config->strategy) {
    case Strategy::kRoundRobin:
      return RoundRobin(index, view.queue);
    case Strategy::kLeastLoaded:
      return LeastLoaded(agent, view.demand.key.channel);
    case Strategy::kFewestContacts:
      return {RolledTo(agent.today, view.now, view.zone).accepts, 1};
    case Strategy::kLeastBusy:
      return LeastBusy(agent, view);
    case Strategy::kBestSkill:
      return {-SumOfLevels(agent, view.demand.requirement), 1};
    case Strategy::kLeastSkill:
      return {SumOfLevels(agent, view.demand.requirement), 1};
    case Strategy::kOrdered:
      return {agent.order, 1};
    default:
      return {0, 1};
  }
}

}  // namespace usher::engine
