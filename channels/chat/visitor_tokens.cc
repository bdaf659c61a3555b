// SPDX-License-Identifier: Apache-2.0
#include "channels/chat/visitor_tokens.h"

#include <utility>

namespace usher::chat {

VisitorTokens::VisitorTokens(io::KeyPair signing, io::PublicKeys verifying, DomainId domain,
                             Duration lifetime, std::function<Instant()> clock)
    : signing_(std::move(signing)),
      verifier_(std::move(verifying), Policy()),
      domain_(std::move(domain)),
      lifetime_(lifetime),
      clock_(std::move(clock)) {}

io::TokenPolicy VisitorTokens::Policy() {
  io::TokenPolicy policy;
  policy.audience = "usher-chat";
  return policy;
}

Result<std::string> VisitorTokens::Mint(const std::string& visitor_id,
                                        const std::string& site_key) const {
  const Instant now = clock_();
  io::Claims claims;
  claims.subject = visitor_id;
  claims.role = io::Role::kVisitor;
  claims.domain = domain_;
  claims.expires_at = now + lifetime_;
  claims.session = site_key;
  return io::MintToken(signing_, Policy(), claims, now);
}

Result<std::string> VisitorTokens::Verify(std::string_view token, const std::string& site_key) {
  Result<io::Claims> claims = verifier_.Verify(token, clock_());
  if (!claims.ok()) return claims.error();
  if (claims->role != io::Role::kVisitor || claims->domain != domain_ ||
      claims->session != site_key) {
    return Error{Code::kUnauthenticated, "TOKEN_OTHER_SITE", "the token is for another site",
                 "Say hello without a token."};
  }
  return claims->subject;
}

}  // namespace usher::chat
