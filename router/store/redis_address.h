// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace usher::store {

// Where a Redis server listens and who we are to it. The password never appears in ToText().
struct RedisAddress {
  std::string unix_path;  // absolute; when set, host and port are unused
  std::string host;       // name or IP address
  std::uint16_t port = 6379;
  std::string user;      // ACL user; empty: the default user
  std::string password;  // empty: no AUTH

  friend bool operator==(const RedisAddress&, const RedisAddress&) = default;
};

// "unix:/run/usher/redis.sock", "127.0.0.1:6379", "redis.internal", "[::1]:6379". INVALID_ARGUMENT
// with reason REDIS_ADDRESS for anything else. User and password are set apart, never in the text.
Result<RedisAddress> ParseRedisAddress(std::string_view text);

// The same text again, for logs and messages.
std::string ToText(const RedisAddress& address);

}  // namespace usher::store
