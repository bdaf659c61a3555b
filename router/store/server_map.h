// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "router/store/redis_address.h"
#include "router/store/redis_slot.h"

namespace usher::store {

// Which server takes the writes for which slot. Without a cluster one server has them all.
class ServerMap {
 public:
  ServerMap() : server_of_slot_(kSlotCount, kNobody) {}
  static ServerMap AllOn(RedisAddress server);

  // Slots `first` to `last`, both below kSlotCount.
  void Assign(std::uint16_t first, std::uint16_t last, const RedisAddress& server);

  // Null where nobody has the slot.
  const RedisAddress* Find(std::uint16_t slot) const;
  // Each once, in the order of Assign.
  const std::vector<RedisAddress>& servers() const { return servers_; }
  // "10.0.0.5:6379, 10.0.0.6:6379", for logs.
  std::string ToText() const;

  friend bool operator==(const ServerMap&, const ServerMap&) = default;

 private:
  static constexpr std::uint16_t kNobody = UINT16_MAX;

  std::vector<RedisAddress> servers_;
  std::vector<std::uint16_t> server_of_slot_;
};

}  // namespace usher::store
