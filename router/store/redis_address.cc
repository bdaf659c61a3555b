// SPDX-License-Identifier: Apache-2.0
#include "router/store/redis_address.h"

#include <charconv>
#include <optional>

namespace usher::store {

namespace {

constexpr std::string_view kUnix = "unix:";

Error BadAddress(std::string_view text) {
  return {Code::kInvalidArgument, "REDIS_ADDRESS",
          "\"" + std::string(text) + "\" is not the address of a Redis server",
          "write unix:/path/to/redis.sock, host:6379 or [::1]:6379"};
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || stop != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

Result<RedisAddress> ParseRedisAddress(std::string_view text) {
  RedisAddress address;
  if (text.starts_with(kUnix)) {
    address.unix_path = text.substr(kUnix.size());
    if (!address.unix_path.starts_with('/')) return BadAddress(text);
    return address;
  }
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return BadAddress(text);
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (host.empty() || host.find_first_of(" /@") != std::string_view::npos) return BadAddress(text);
  address.host = host;
  if (!port.empty()) {
    const std::optional<std::uint16_t> number =
        port[0] == ':' ? ParsePort(port.substr(1)) : std::nullopt;
    if (!number) return BadAddress(text);
    address.port = *number;
  }
  return address;
}

std::string ToText(const RedisAddress& address) {
  if (!address.unix_path.empty()) return std::string(kUnix) + address.unix_path;
  const bool bare_v6 = address.host.find(':') != std::string::npos;
  return (bare_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace usher::store
