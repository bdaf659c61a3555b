// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace usher::store {

// How TLS to a Redis server is done. The files are PEM and read at each connect.
struct RedisTls {
  std::string ca_file;           // the authorities to trust; empty: the system's
  std::string certificate_file;  // our own, which Redis wants unless `tls-auth-clients no`
  std::string key_file;          // of our own certificate
  std::string name;              // the server's certificate must be for it; empty: for the host

  friend bool operator==(const RedisTls&, const RedisTls&) = default;
};

// Where a Redis server listens and who we are to it. The password never appears in ToText().
struct RedisAddress {
  std::string unix_path{};  // absolute; when set, host and port are unused
  std::string host{};       // name or IP address
  std::uint16_t port = 6379;
  std::string user{};             // ACL user; empty: the default user
  std::string password{};         // empty: no AUTH
  std::optional<RedisTls> tls{};  // never with unix_path

  friend bool operator==(const RedisAddress&, const RedisAddress&) = default;
};

// "unix:/run/usher/redis.sock", "127.0.0.1:6379", "redis.internal", "[::1]:6379". INVALID_ARGUMENT
// with reason REDIS_ADDRESS for anything else. User and password are set apart, never in the text.
Result<RedisAddress> ParseRedisAddress(std::string_view text);

// The same text again, for logs and messages.
std::string ToText(const RedisAddress& address);

}  // namespace usher::store
