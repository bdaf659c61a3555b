// SPDX-License-Identifier: Apache-2.0
#include "router/engine/capacity.h"

#include <algorithm>

namespace usher::engine {
namespace {

const ChannelCapacity* CapacityOf(const LiveAgent& agent, Channel channel) {
  if (agent.profile == nullptr) return nullptr;
  const auto found = agent.profile->channels.find(channel);
  return found == agent.profile->channels.end() ? nullptr : &found->second;
}

std::uint16_t LoadOf(const LiveAgent& agent, Channel channel) {
  return agent.load[static_cast<std::size_t>(channel)];
}

std::int64_t UnitsUsed(const LiveAgent& agent) {
  std::int64_t used = 0;
  for (const auto& [channel, capacity] : agent.profile->channels) {
    used += std::int64_t{capacity.cost} * LoadOf(agent, channel);
  }
  return used;
}

bool FitsAlongside(const LiveAgent& agent, Channel channel, const ChannelCapacity& capacity) {
  return std::all_of(kChannels.begin(), kChannels.end(), [&](Channel other) {
    return LoadOf(agent, other) == 0 || other == channel || capacity.alongside.Has(other);
  });
}

}  // namespace

bool ServesChannel(const LiveAgent& agent, Channel channel) {
  if (agent.config == nullptr || !agent.config->channels.Has(channel)) return false;
  if (agent.profile == nullptr) return true;
  const ChannelCapacity* capacity = CapacityOf(agent, channel);
  return capacity != nullptr && capacity->max > 0;
}

RoomShortage ShortageOfRoom(const LiveAgent& agent, Channel channel) {
  if (!ServesChannel(agent, channel)) return RoomShortage::kNotServed;
  if (agent.profile == nullptr) {
    return agent.HoldsAny() ? RoomShortage::kOneAtATime : RoomShortage::kNone;
  }
  const ChannelCapacity& capacity = *CapacityOf(agent, channel);
  if (LoadOf(agent, channel) >= capacity.max) return RoomShortage::kChannelFull;
  if (!FitsAlongside(agent, channel, capacity)) return RoomShortage::kAlongside;
  const bool fits =
      !agent.profile->units || UnitsUsed(agent) + capacity.cost <= *agent.profile->units;
  return fits ? RoomShortage::kNone : RoomShortage::kUnits;
}

bool HasRoom(const LiveAgent& agent, Channel channel) {
  return ShortageOfRoom(agent, channel) == RoomShortage::kNone;
}

Share UsedShare(const LiveAgent& agent, Channel channel) {
  if (agent.profile != nullptr && agent.profile->units && *agent.profile->units > 0) {
    return {UnitsUsed(agent), *agent.profile->units};
  }
  const ChannelCapacity* capacity = CapacityOf(agent, channel);
  return {LoadOf(agent, channel), capacity != nullptr ? std::max(capacity->max, 1) : 1};
}

}  // namespace usher::engine
