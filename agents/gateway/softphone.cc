// SPDX-License-Identifier: Apache-2.0
#include "agents/gateway/softphone.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "base/io/url.h"

namespace usher::gateway {
namespace {

namespace json = boost::json;

constexpr std::size_t kIceServersMax = 8;
constexpr std::chrono::hours kTurnPasswordLasts{12};  // longer than a shift

Error Invalid(std::string why, std::string next) {
  return {Code::kInvalidArgument, "INVALID_SOFTPHONE", std::move(why), std::move(next)};
}

bool IsTurn(std::string_view url) { return url.starts_with("turn:") || url.starts_with("turns:"); }

// What may stand in a policy's source list, a SIP address or an ICE URL without changing its
// meaning.
bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_:/[]?=&%~").find(c) != std::string_view::npos;
  });
}

void Replace(io::HttpHeaders& headers, std::string_view name, std::string_view part,
             const std::string& other) {
  for (auto& [key, value] : headers) {
    const std::size_t at = key == name ? value.find(part) : value.npos;
    if (at == value.npos) continue;
    value.replace(at, part.size(), other);
    return;
  }
  USHER_CHECK(false, "the console's headers lack what a softphone changes");
}

// The password that a TURN server with the same shared secret expects of `user`.
std::string TurnPassword(const std::string& secret, const std::string& user) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(user.data()), user.size(), digest.data(), &size);
  std::array<unsigned char, 4 * (EVP_MAX_MD_SIZE / 3 + 1) + 1> text{};
  const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
  return {text.begin(), text.begin() + length};
}

}  // namespace

Result<void> CheckSoftphone(const SoftphoneConfig& config) {
  if (config.server.empty()) {
    if (config.domain.empty() && config.ice_servers.empty() && config.turn_secret.empty())
      return {};
    return Invalid("the softphone has no server", "name it: --softphone wss://pbx.example.org/ws");
  }
  const Result<io::Url> url = io::ParseUrl(config.server);
  const bool socket = config.server.starts_with("wss://") || config.server.starts_with("ws://");
  if (!url.ok() || !socket || !IsPlain(config.server)) {
    return Invalid("'" + config.server + "' is no address of SIP over WebSocket",
                   "write it as wss://pbx.example.org/ws");
  }
  if (!IsPlain(config.domain) || config.domain.find('/') != std::string::npos) {
    return Invalid("'" + config.domain + "' is no domain of SIP addresses",
                   "write it as pbx.example.org");
  }
  if (config.ice_servers.size() > kIceServersMax) {
    return Invalid("the softphone has more than 8 ICE servers", "name one or two that are near");
  }
  for (const std::string& ice : config.ice_servers) {
    const bool stun = ice.starts_with("stun:") || ice.starts_with("stuns:");
    if ((!stun && !IsTurn(ice)) || !IsPlain(ice)) {
      return Invalid("'" + ice + "' is no ICE server",
                     "write it as stun:stun.example.org:3478 or turns:turn.example.org:5349");
    }
    if (IsTurn(ice) && config.turn_secret.empty()) {
      return Invalid("'" + ice + "' asks for passwords, and there is no secret to make them with",
                     "give the file with the server's shared secret: --softphone-turn-secret");
    }
  }
  return {};
}

io::HttpHeaders WithSoftphone(io::HttpHeaders headers, const SoftphoneConfig& config) {
  const std::size_t host = config.server.find("://") + 3;
  const std::string origin = config.server.substr(0, config.server.find_first_of("/?#", host));
  Replace(headers, "Content-Security-Policy", "connect-src 'self'", "connect-src 'self' " + origin);
  Replace(headers, "Permissions-Policy", "microphone=()", "microphone=(self)");
  return headers;
}

std::string DescribeSoftphone(const SoftphoneConfig& config, std::string_view agent, Instant now) {
  if (config.server.empty()) return "{}";
  const auto expires = std::chrono::duration_cast<std::chrono::seconds>(
      (now + kTurnPasswordLasts).time_since_epoch());
  const std::string turn_user = std::to_string(expires.count()) + ":" + std::string(agent);
  json::array servers;
  for (const std::string& ice : config.ice_servers) {
    json::object server{{"urls", ice}};
    if (IsTurn(ice)) {
      server["username"] = turn_user;
      server["credential"] = TurnPassword(config.turn_secret, turn_user);
    }
    servers.push_back(std::move(server));
  }
  std::string domain = config.domain;
  if (domain.empty()) {
    const Result<io::Url> url = io::ParseUrl(config.server);
    if (url.ok()) domain = url->host;
  }
  return json::serialize(json::object{{"server", config.server},
                                      {"domain", domain},
                                      {"user", agent},
                                      {"iceServers", std::move(servers)}});
}

}  // namespace usher::gateway
