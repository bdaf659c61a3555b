// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/id.h"
#include "base/io/keys.h"
#include "base/result.h"
#include "base/time.h"

namespace usher::io {

// What a token's bearer is. A role says which methods may be called; which contacts or agents they
// may touch is checked by the method itself with the other claims.
enum class Role : std::uint8_t { kAgent, kSupervisor, kAdmin, kAdapter, kVisitor, kMetrics };

std::string_view ToText(Role role);
std::optional<Role> FindRole(std::string_view text);

// Who a token speaks for. Written into a JWT as sub, role, domain, exp and, where set, nbf,
// channels, acts_for, contact and session.
struct Claims {
  std::string subject;  // 1..256 bytes: the agent's id, the adapter's name, the visitor's number
  Role role = Role::kVisitor;
  DomainId domain;  // required for all but admin and metrics, which may span domains
  Instant expires_at{};
  std::optional<Instant> not_before;
  std::vector<std::string> channels;  // adapters: the channels they may submit on; at most 32
  // Adapters: as which kind of person they may act, agents and supervisors; a gateway's token says
  // both, every other adapter's says nothing. See Acting in access.h.
  std::vector<Role> acts_for;
  ContactId contact;    // visitors: the one contact they may see
  std::string session;  // visitors: the chat session
};

struct TokenPolicy {
  std::string issuer = "usher";
  std::string audience = "usher";
  Duration leeway{30'000};        // how far clocks may differ, for exp and nbf
  std::size_t length_max = 4096;  // longer tokens are refused unread
};

// A signed JWT: alg EdDSA, kid of the key, iss and aud of the policy, whole seconds. INVALID_CLAIMS
// when the verifier would refuse the claims.
Result<std::string> MintToken(const KeyPair& key, const TokenPolicy& policy, const Claims& claims,
                              Instant now);

// Verifies bearer tokens and remembers the good ones until they expire, because one verification
// costs about 100 us. Only the token's SHA-256 is kept. Thread-safe.
//
// Every refusal is kUnauthenticated with one of the reasons TOKEN_TOO_LONG, TOKEN_MALFORMED,
// TOKEN_ALGORITHM, TOKEN_CRITICAL_HEADER, TOKEN_UNKNOWN_KEY, TOKEN_SIGNATURE, TOKEN_ISSUER,
// TOKEN_AUDIENCE, TOKEN_EXPIRED, TOKEN_NOT_YET_VALID, TOKEN_CLAIMS. No message repeats any part of
// the token.
class TokenVerifier {
 public:
  // Remembers at most `cache_max` tokens, forgetting the least recently used.
  TokenVerifier(PublicKeys keys, TokenPolicy policy, std::size_t cache_max = 8192);

  Result<Claims> Verify(std::string_view token, Instant now);

  // Takes another set of keys and forgets every remembered token, so that a token of a removed key
  // is refused at once.
  void ReplaceKeys(PublicKeys keys);

  std::size_t remembered() const;

 private:
  using Digest = std::string;  // SHA-256, 32 bytes
  struct Entry {
    Digest digest;
    Claims claims;
  };

  std::optional<Result<Claims>> FindRemembered(const Digest& digest, Instant now);
  void Remember(Digest digest, const Claims& claims, std::uint64_t generation);

  const TokenPolicy policy_;
  const std::size_t cache_max_;

  mutable std::mutex mutex_;
  std::shared_ptr<const PublicKeys> keys_;
  std::uint64_t generation_ = 0;  // counts ReplaceKeys
  std::list<Entry> recent_;       // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_digest_;
};

}  // namespace usher::io
