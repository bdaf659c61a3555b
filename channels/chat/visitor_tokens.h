// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/id.h"
#include "base/io/keys.h"
#include "base/io/token.h"
#include "base/result.h"
#include "base/time.h"

namespace usher::chat {

// The tokens by which pages come back. They have an audience of their own, so that the router
// refuses them even where it trusts the key, and each is for one visitor of one site.
//
// Thread-safe.
class VisitorTokens {
 public:
  // `verifying` holds the public halves of the signing key and of those before it.
  VisitorTokens(io::KeyPair signing, io::PublicKeys verifying, DomainId domain, Duration lifetime,
                std::function<Instant()> clock);

  // The visitor is 1 to 200 bytes.
  Result<std::string> Mint(const std::string& visitor_id, const std::string& site_key) const;

  // The visitor's id. kUnauthenticated with the verifier's reason, or TOKEN_OTHER_SITE.
  Result<std::string> Verify(std::string_view token, const std::string& site_key);

 private:
  static io::TokenPolicy Policy();

  const io::KeyPair signing_;
  io::TokenVerifier verifier_;
  const DomainId domain_;
  const Duration lifetime_;
  const std::function<Instant()> clock_;
};

}  // namespace usher::chat
