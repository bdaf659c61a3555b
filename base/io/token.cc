// SPDX-License-Identifier: Apache-2.0
#include "base/io/token.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/sha.h>

#include "base/io/base64url.h"

namespace usher::io {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 6> kRoleNames = {"agent",   "supervisor", "admin",
                                                        "adapter", "visitor",    "metrics"};
constexpr std::size_t kTextMax = 256;
constexpr std::size_t kChannelsMax = 32;
// The year 9999: beyond it, milliseconds near their limit would overflow when leeway is added.
constexpr std::int64_t kSecondsMax = 253'402'300'799;

Error Refuse(std::string reason, std::string message, std::string next_step) {
  return {Code::kUnauthenticated, std::move(reason), std::move(message), std::move(next_step)};
}

Error Malformed(std::string what) {
  return Refuse("TOKEN_MALFORMED", "the token is not a JWT: " + what,
                "Send the token exactly as `usher token` printed it.");
}

Error BadClaims(std::string what) {
  return Refuse("TOKEN_CLAIMS", "the token's claims are unusable: " + what,
                "Have a token issued by `usher token`.");
}

std::string_view TextMember(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

struct Parts {
  std::string_view signed_text;  // header and payload, as signed
  json::object header;
  std::string payload;  // JSON that may be read once the signature holds
  std::string signature;
};

std::optional<json::object> ParseObject(std::string_view text) {
  boost::system::error_code failed;
  auto value = json::parse(text, failed);
  if (failed || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

Result<Parts> Split(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos)
    return Malformed("it has not three parts");
  const auto header = FromBase64Url(token.substr(0, first));
  auto payload = FromBase64Url(token.substr(first + 1, second - first - 1));
  auto signature = FromBase64Url(token.substr(second + 1));
  if (!header || !payload || !signature) return Malformed("a part is not base64url");
  auto object = ParseObject(*header);
  if (!object) return Malformed("its header is not a JSON object");
  return Parts{token.substr(0, second), *std::move(object), *std::move(payload),
               *std::move(signature)};
}

// The algorithm is fixed; the header may only agree.
Result<void> CheckHeader(const json::object& header) {
  if (header.if_contains("crit"))
    return Refuse("TOKEN_CRITICAL_HEADER", "the token demands an extension (crit)",
                  "Have a token issued without `crit`.");
  const auto algorithm = TextMember(header, "alg");
  if (algorithm != "EdDSA" && algorithm != "Ed25519")
    return Refuse("TOKEN_ALGORITHM", "the token is not signed with EdDSA (Ed25519)",
                  "Have a token issued by `usher token`.");
  if (const auto* type = header.if_contains("typ"); type && TextMember(header, "typ") != "JWT")
    return Malformed("its typ is not JWT");
  return {};
}

Result<void> CheckSignature(const PublicKeys& keys, const Parts& parts) {
  const auto kid = TextMember(parts.header, "kid");
  if (!keys.Contains(kid))
    return Refuse("TOKEN_UNKNOWN_KEY", "the token is signed with a key that is not known here",
                  "Put the issuer's .jwks.json into the key directory, or use another token.");
  if (!keys.Verify(kid, parts.signed_text, parts.signature))
    return Refuse("TOKEN_SIGNATURE", "the token's signature is wrong",
                  "Send the token exactly as it was issued.");
  return {};
}

bool NamesAudience(const json::object& payload, std::string_view audience) {
  const auto* value = payload.if_contains("aud");
  if (!value) return false;
  if (value->is_string()) return value->get_string() == audience;
  return value->is_array() &&
         std::ranges::any_of(value->get_array(), [&](const json::value& entry) {
           return entry.is_string() && entry.get_string() == audience;
         });
}

// A NumericDate: nullopt when it is not a number of seconds between 1970 and 9999. Fractions, which
// the RFC allows, are cut off.
std::optional<Instant> FindTime(const json::object& payload, std::string_view name) {
  const auto* value = payload.if_contains(name);
  if (!value) return std::nullopt;
  std::int64_t seconds = -1;
  if (value->is_int64()) seconds = value->get_int64();
  if (value->is_double() && value->get_double() >= 0 &&
      value->get_double() <= static_cast<double>(kSecondsMax))
    seconds = static_cast<std::int64_t>(value->get_double());
  if (seconds < 0 || seconds > kSecondsMax) return std::nullopt;
  return InstantFromUnixMs(seconds * 1000);
}

bool IsText(std::string_view text, std::size_t least) {
  return text.size() >= least && text.size() <= kTextMax &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// Nobody acts for those who administer, nor for machines.
bool MayBeActedFor(Role role) { return role == Role::kAgent || role == Role::kSupervisor; }

// What holds for every set of claims, minted or received.
std::optional<std::string> FindFault(const Claims& claims) {
  if (!IsText(claims.subject, 1)) return "sub is not 1 to 256 printable bytes";
  const bool spans_domains = claims.role == Role::kAdmin || claims.role == Role::kMetrics;
  if (!IsText(claims.domain.value(), spans_domains ? 0 : 1)) return "domain is missing or too long";
  if (claims.channels.size() > kChannelsMax) return "it names more than 32 channels";
  if (!std::ranges::all_of(claims.channels, [](const auto& text) { return IsText(text, 1); }))
    return "a channel is empty or too long";
  if (!IsText(claims.session, 0)) return "session is too long";
  if (!claims.acts_for.empty() && claims.role != Role::kAdapter)
    return "acts_for is for adapters only";
  if (!std::ranges::all_of(claims.acts_for, MayBeActedFor))
    return "acts_for names another role than agent and supervisor";
  return std::nullopt;
}

Result<void> ReadChannels(const json::object& payload, Claims& claims) {
  const auto* value = payload.if_contains("channels");
  if (!value) return {};
  if (!value->is_array()) return BadClaims("channels is not a list");
  for (const auto& channel : value->get_array()) {
    if (!channel.is_string()) return BadClaims("a channel is not a text");
    claims.channels.emplace_back(channel.get_string());
  }
  return {};
}

Result<void> ReadActsFor(const json::object& payload, Claims& claims) {
  const auto* value = payload.if_contains("acts_for");
  if (!value) return {};
  if (!value->is_array() || value->get_array().size() > kRoleNames.size())
    return BadClaims("acts_for is not a list of roles");
  for (const auto& entry : value->get_array()) {
    const auto role = entry.is_string() ? FindRole(entry.get_string()) : std::nullopt;
    if (!role) return BadClaims("acts_for names an unknown role");
    claims.acts_for.push_back(*role);
  }
  return {};
}

// A text, because JSON readers in browsers round large numbers.
Result<void> ReadContact(const json::object& payload, Claims& claims) {
  if (!payload.if_contains("contact")) return {};
  const auto text = TextMember(payload, "contact");
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || number == 0)
    return BadClaims("contact is not a number above 0, written as a text");
  claims.contact = ContactId(number);
  return {};
}

Result<Claims> ReadClaims(const json::object& payload) {
  Claims claims;
  const auto role = FindRole(TextMember(payload, "role"));
  if (!role) return BadClaims("role is missing or unknown");
  claims.role = *role;
  claims.subject = TextMember(payload, "sub");
  claims.domain = DomainId(std::string(TextMember(payload, "domain")));
  claims.session = TextMember(payload, "session");
  if (auto read = ReadChannels(payload, claims); !read.ok()) return read.error();
  if (auto read = ReadActsFor(payload, claims); !read.ok()) return read.error();
  if (auto read = ReadContact(payload, claims); !read.ok()) return read.error();
  const auto expires_at = FindTime(payload, "exp");
  if (!expires_at) return BadClaims("exp is missing or not a time");
  claims.expires_at = *expires_at;
  claims.not_before = FindTime(payload, "nbf");
  if (payload.if_contains("nbf") && !claims.not_before) return BadClaims("nbf is not a time");
  if (auto fault = FindFault(claims)) return BadClaims(*fault);
  return claims;
}

Result<void> CheckTimes(const TokenPolicy& policy, const Claims& claims, Instant now) {
  if (now >= claims.expires_at + policy.leeway)
    return Refuse("TOKEN_EXPIRED", "the token has expired", "Sign in again, or issue a new token.");
  if (claims.not_before && now + policy.leeway < *claims.not_before)
    return Refuse("TOKEN_NOT_YET_VALID", "the token is not valid yet",
                  "Wait, or set the clocks of both machines.");
  return {};
}

Result<Claims> ReadToken(std::string_view token, const PublicKeys& keys,
                         const TokenPolicy& policy) {
  auto parts = Split(token);
  if (!parts.ok()) return parts.error();
  if (auto checked = CheckHeader(parts->header); !checked.ok()) return checked.error();
  if (auto checked = CheckSignature(keys, *parts); !checked.ok()) return checked.error();
  const auto payload = ParseObject(parts->payload);
  if (!payload) return Malformed("its payload is not a JSON object");
  if (TextMember(*payload, "iss") != policy.issuer)
    return Refuse("TOKEN_ISSUER", "the token is of another issuer",
                  "Use a token whose iss is " + policy.issuer + ".");
  if (!NamesAudience(*payload, policy.audience))
    return Refuse("TOKEN_AUDIENCE", "the token is for another audience",
                  "Use a token whose aud is " + policy.audience + ".");
  return ReadClaims(*payload);
}

std::int64_t Seconds(Instant instant) { return ToUnixMs(instant) / 1000; }

json::object WriteClaims(const TokenPolicy& policy, const Claims& claims, Instant now) {
  json::object payload{{"iss", policy.issuer},  {"aud", policy.audience},
                       {"sub", claims.subject}, {"role", ToText(claims.role)},
                       {"iat", Seconds(now)},   {"exp", Seconds(claims.expires_at)}};
  if (claims.domain) payload["domain"] = claims.domain.value();
  if (claims.not_before) payload["nbf"] = Seconds(*claims.not_before);
  if (!claims.channels.empty())
    payload["channels"] = json::array(claims.channels.begin(), claims.channels.end());
  if (!claims.acts_for.empty()) {
    json::array roles;
    for (const Role role : claims.acts_for) roles.emplace_back(ToText(role));
    payload["acts_for"] = std::move(roles);
  }
  if (claims.contact) payload["contact"] = std::to_string(claims.contact.value());
  if (!claims.session.empty()) payload["session"] = claims.session;
  return payload;
}

std::string DigestOf(std::string_view token) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace

std::string_view ToText(Role role) { return kRoleNames[static_cast<std::size_t>(role)]; }

std::optional<Role> FindRole(std::string_view text) {
  const auto found = std::ranges::find(kRoleNames, text);
  if (found == kRoleNames.end()) return std::nullopt;
  return static_cast<Role>(found - kRoleNames.begin());
}

Result<std::string> MintToken(const KeyPair& key, const TokenPolicy& policy, const Claims& claims,
                              Instant now) {
  auto fault = FindFault(claims);
  if (!fault && (claims.expires_at <= now || Seconds(claims.expires_at) > kSecondsMax))
    fault = "exp is not in the future";
  if (fault)
    return Error{Code::kInvalidArgument, "INVALID_CLAIMS", "no token can be issued: " + *fault,
                 "Correct the claim."};
  const json::object header{{"alg", "EdDSA"}, {"typ", "JWT"}, {"kid", key.kid()}};
  std::string token = ToBase64Url(json::serialize(header)) + "." +
                      ToBase64Url(json::serialize(WriteClaims(policy, claims, now)));
  auto signature = key.Sign(token);
  if (!signature.ok()) return signature.error();
  token += "." + ToBase64Url(*signature);
  if (token.size() > policy.length_max)
    return Error{Code::kInvalidArgument, "INVALID_CLAIMS",
                 "the token would be longer than " + std::to_string(policy.length_max) + " bytes",
                 "Name fewer channels."};
  return token;
}

TokenVerifier::TokenVerifier(PublicKeys keys, TokenPolicy policy, std::size_t cache_max)
    : policy_(std::move(policy)),
      cache_max_(cache_max),
      keys_(std::make_shared<const PublicKeys>(std::move(keys))) {}

Result<Claims> TokenVerifier::Verify(std::string_view token, Instant now) {
  if (token.size() > policy_.length_max)
    return Refuse("TOKEN_TOO_LONG",
                  "the token is longer than " + std::to_string(policy_.length_max) + " bytes",
                  "Have a token issued by `usher token`.");
  auto digest = DigestOf(token);
  if (auto known = FindRemembered(digest, now)) return *std::move(known);

  std::unique_lock lock(mutex_);
  const auto keys = keys_;
  const auto generation = generation_;
  lock.unlock();
  auto claims = ReadToken(token, *keys, policy_);
  if (!claims.ok()) return claims;
  if (auto checked = CheckTimes(policy_, *claims, now); !checked.ok()) return checked.error();
  Remember(std::move(digest), *claims, generation);
  return claims;
}

std::optional<Result<Claims>> TokenVerifier::FindRemembered(const Digest& digest, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) return std::nullopt;
  const auto entry = found->second;
  if (auto checked = CheckTimes(policy_, entry->claims, now); !checked.ok()) {
    by_digest_.erase(found);
    recent_.erase(entry);
    return checked.error();
  }
  recent_.splice(recent_.begin(), recent_, entry);
  return entry->claims;
}

// `generation` tells whether the keys that the token was verified with are still the ones in use.
void TokenVerifier::Remember(Digest digest, const Claims& claims, std::uint64_t generation) {
  const std::lock_guard lock(mutex_);
  if (cache_max_ == 0 || generation != generation_ || by_digest_.contains(digest)) return;
  recent_.push_front({std::move(digest), claims});
  by_digest_.emplace(recent_.front().digest, recent_.begin());
  if (recent_.size() <= cache_max_) return;
  by_digest_.erase(recent_.back().digest);
  recent_.pop_back();
}

void TokenVerifier::ReplaceKeys(PublicKeys keys) {
  auto replacement = std::make_shared<const PublicKeys>(std::move(keys));
  const std::lock_guard lock(mutex_);
  keys_ = std::move(replacement);
  ++generation_;
  by_digest_.clear();
  recent_.clear();
}

std::size_t TokenVerifier::remembered() const {
  const std::lock_guard lock(mutex_);
  return recent_.size();
}

}  // namespace usher::io
