// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "router/store/redis_address.h"

namespace usher::store {

// The Redis that an operator names: one server, the primary that Sentinels watch, or a cluster.
struct RedisTarget {
  enum class Kind : std::uint8_t { kServer, kSentinel, kCluster };

  Kind kind = Kind::kServer;
  // The server; or the Sentinels, all of them; or some nodes of the cluster, the rest is asked for.
  std::vector<RedisAddress> addresses;
  std::string primary;  // the name under which the Sentinels know it

  // Who we are to the servers that hold data, wherever they turn out to be.
  std::string user;
  std::string password;
  // The same to the Sentinels.
  std::string sentinel_user;
  std::string sentinel_password;
  std::optional<RedisTls> tls;  // to all of them, or to none
};

//   127.0.0.1:6379, unix:/run/redis.sock          one server, as ParseRedisAddress reads it
//   redis://host:port, rediss://host:port         the same; with TLS
//   sentinel://h1:p1,h2:p2,h3:p3/mymaster         port 26379 unless told; sentinel+tls:// with TLS
//   cluster://h1:p1,h2:p2                         cluster+tls:// with TLS
//
// INVALID_ARGUMENT with reason REDIS_ADDRESS for anything else. Users and passwords are set apart.
Result<RedisTarget> ParseRedisTarget(std::string_view text);

// One server, as it is.
RedisTarget ToTarget(const RedisAddress& address);

// The same text again, for logs and messages.
std::string ToText(const RedisTarget& target);

// `address` with the user, the password and the TLS of the target's servers of data.
RedisAddress WithAccess(RedisAddress address, const RedisTarget& target);
// The same with those of its Sentinels.
RedisAddress WithSentinelAccess(RedisAddress address, const RedisTarget& target);

}  // namespace usher::store
