// SPDX-License-Identifier: Apache-2.0
#include "router/store/redis_target.h"

#include <array>
#include <cstddef>
#include <utility>

namespace usher::store {

namespace {

using Kind = RedisTarget::Kind;

constexpr std::uint16_t kSentinelPort = 26'379;
constexpr std::size_t kAddressesMax = 32;

struct Scheme {
  std::string_view text;
  Kind kind;
  bool tls;
};

constexpr std::array<Scheme, 6> kSchemes = {{{"redis://", Kind::kServer, false},
                                             {"rediss://", Kind::kServer, true},
                                             {"sentinel://", Kind::kSentinel, false},
                                             {"sentinel+tls://", Kind::kSentinel, true},
                                             {"cluster://", Kind::kCluster, false},
                                             {"cluster+tls://", Kind::kCluster, true}}};

Error BadTarget(std::string_view text, const char* next_step) {
  return {Code::kInvalidArgument, "REDIS_ADDRESS",
          "\"" + std::string(text) + "\" does not name a Redis", next_step};
}

Error BadSentinels(std::string_view text) {
  return BadTarget(text, "write sentinel://host1:26379,host2:26379,host3:26379/mymaster");
}

Error BadCluster(std::string_view text) {
  return BadTarget(text, "write cluster://host1:6379,host2:6379");
}

// Empty where one of them is none.
std::vector<RedisAddress> ParseList(std::string_view list, std::optional<std::uint16_t> port) {
  std::vector<RedisAddress> addresses;
  while (true) {
    const std::size_t comma = list.find(',');
    const std::string one(list.substr(0, comma));
    Result<RedisAddress> address = ParseRedisAddress(one);
    if (!address.ok() || !address->unix_path.empty() || addresses.size() == kAddressesMax) {
      return {};
    }
    const bool port_told = one.find(':', one.starts_with('[') ? one.find(']') : 0) != one.npos;
    if (!port_told && port) address->port = *port;
    addresses.push_back(*std::move(address));
    if (comma == std::string_view::npos) return addresses;
    list.remove_prefix(comma + 1);
  }
}

Result<RedisTarget> ParseAfter(const Scheme& scheme, std::string_view rest, std::string_view text) {
  RedisTarget target;
  target.kind = scheme.kind;
  if (scheme.tls) target.tls.emplace();
  if (scheme.kind == Kind::kServer) {
    Result<RedisAddress> address = ParseRedisAddress(rest);
    if (!address.ok() || !address->unix_path.empty()) {
      return BadTarget(text, "write redis://host:6379, or rediss://host:6379 for TLS");
    }
    target.addresses.push_back(*std::move(address));
    return target;
  }
  if (scheme.kind == Kind::kCluster) {
    target.addresses = ParseList(rest, std::nullopt);
    if (target.addresses.empty()) return BadCluster(text);
    return target;
  }
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return BadSentinels(text);
  target.addresses = ParseList(rest.substr(0, slash), kSentinelPort);
  target.primary = rest.substr(slash + 1);
  const bool named =
      !target.primary.empty() && target.primary.find_first_of(" /,") == std::string::npos;
  if (target.addresses.empty() || !named) return BadSentinels(text);
  return target;
}

RedisAddress WithLogin(RedisAddress address, const std::string& user, const std::string& password,
                       const std::optional<RedisTls>& tls) {
  address.user = user;
  address.password = password;
  if (address.unix_path.empty()) address.tls = tls;
  return address;
}

}  // namespace

Result<RedisTarget> ParseRedisTarget(std::string_view text) {
  for (const Scheme& scheme : kSchemes) {
    if (text.starts_with(scheme.text)) {
      return ParseAfter(scheme, text.substr(scheme.text.size()), text);
    }
  }
  Result<RedisAddress> address = ParseRedisAddress(text);
  if (!address.ok()) return address.error();
  RedisTarget target;
  target.addresses.push_back(*std::move(address));
  return target;
}

RedisTarget ToTarget(const RedisAddress& address) {
  RedisTarget target;
  target.addresses.push_back(address);
  target.user = address.user;
  target.password = address.password;
  target.tls = address.tls;
  return target;
}

std::string ToText(const RedisTarget& target) {
  std::string list;
  for (const RedisAddress& address : target.addresses) {
    if (!list.empty()) list += ',';
    list += ToText(address);
  }
  switch (target.kind) {
    case Kind::kServer:
      return target.tls ? "rediss://" + list : list;
    case Kind::kSentinel:
      return (target.tls ? "sentinel+tls://" : "sentinel://") + list + '/' + target.primary;
    case Kind::kCluster:
      return (target.tls ? "cluster+tls://" : "cluster://") + list;
  }
  return list;
}

RedisAddress WithAccess(RedisAddress address, const RedisTarget& target) {
  return WithLogin(std::move(address), target.user, target.password, target.tls);
}

RedisAddress WithSentinelAccess(RedisAddress address, const RedisTarget& target) {
  return WithLogin(std::move(address), target.sentinel_user, target.sentinel_password, target.tls);
}

}  // namespace usher::store
