// SPDX-License-Identifier: Apache-2.0
#include "router/store/server_map.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace usher::store {

ServerMap ServerMap::AllOn(RedisAddress server) {
  ServerMap map;
  map.Assign(0, kSlotCount - 1, server);
  return map;
}

void ServerMap::Assign(std::uint16_t first, std::uint16_t last, const RedisAddress& server) {
  USHER_CHECK(first <= last && last < kSlotCount, "slots are below 16384");
  auto known = std::ranges::find(servers_, server);
  if (known == servers_.end()) known = servers_.insert(known, server);
  const auto index = static_cast<std::uint16_t>(known - servers_.begin());
  std::fill(server_of_slot_.begin() + first, server_of_slot_.begin() + last + 1, index);
}

const RedisAddress* ServerMap::Find(std::uint16_t slot) const {
  const std::uint16_t index = server_of_slot_[slot];
  return index == kNobody ? nullptr : &servers_[index];
}

std::string ServerMap::ToText() const {
  std::string text;
  for (const RedisAddress& server : servers_) {
    if (!text.empty()) text += ", ";
    text += store::ToText(server);
  }
  return text;
}

}  // namespace usher::store
