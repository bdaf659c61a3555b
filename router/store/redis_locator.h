// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/result.h"
#include "router/store/redis_address.h"

namespace usher::store {

// Knows which server takes the writes for a slot, where that can change: after a failover, or when
// a cluster moves slots. Loop thread only.
class RedisLocator {
 public:
  using Found = std::function<void(Result<RedisAddress>)>;

  virtual ~RedisLocator() = default;

  // Asks anew and calls back once, later, on the loop; not after the locator was destroyed. An
  // UNAVAILABLE failure may pass; any other has to be mended by somebody.
  virtual void Locate(std::uint16_t slot, Found found) = 0;

  // The server that was heard last; nothing while none is known. Kept up to date in the background,
  // so a connection that differs from it is one to a server that was replaced.
  virtual std::optional<RedisAddress> LastHeard(std::uint16_t slot) const = 0;
};

}  // namespace usher::store
