// SPDX-License-Identifier: Apache-2.0
#include "channels/chat/visitor_tokens.h"

#include <gtest/gtest.h>

namespace usher::chat {
namespace {

constexpr Instant kNow = InstantFromUnixMs(1'800'000'000'000);

struct VisitorTokensTest : ::testing::Test {
  static io::PublicKeys PublicOf(const io::KeyPair& pair) {
    io::PublicKeys keys;
    EXPECT_TRUE(keys.AddJwks(pair.PublicJwks()).ok());
    return keys;
  }
  VisitorTokens TokensOf(const io::KeyPair& pair, const std::string& domain = "acme") {
    return VisitorTokens(pair, PublicOf(pair), DomainId{domain}, Duration{60'000},
                         [this] { return now; });
  }
  Instant now = kNow;
  io::KeyPair key = *io::KeyPair::Make();
};

TEST_F(VisitorTokensTest, GivesTheVisitorBackAtItsSite) {
  VisitorTokens tokens = TokensOf(key);
  const auto visitor = tokens.Verify(*tokens.Mint("v1", "shop"), "shop");
  ASSERT_TRUE(visitor.ok());
  EXPECT_EQ(*visitor, "v1");
}

TEST_F(VisitorTokensTest, RefusesAnotherSitesToken) {
  VisitorTokens tokens = TokensOf(key);
  const auto visitor = tokens.Verify(*tokens.Mint("v1", "shop"), "bank");
  ASSERT_FALSE(visitor.ok());
  EXPECT_EQ(visitor.error().reason, "TOKEN_OTHER_SITE");
}

TEST_F(VisitorTokensTest, RefusesAnotherDomainsToken) {
  VisitorTokens acme = TokensOf(key);
  VisitorTokens other = TokensOf(key, "other");
  EXPECT_FALSE(acme.Verify(*other.Mint("v1", "shop"), "shop").ok());
}

TEST_F(VisitorTokensTest, RefusesAnotherKeysToken) {
  VisitorTokens tokens = TokensOf(key);
  VisitorTokens forger = TokensOf(*io::KeyPair::Make());
  EXPECT_FALSE(tokens.Verify(*forger.Mint("v1", "shop"), "shop").ok());
}

TEST_F(VisitorTokensTest, RefusesATokenThatHasExpired) {
  VisitorTokens tokens = TokensOf(key);
  const std::string token = *tokens.Mint("v1", "shop");
  now = kNow + Duration{120'000};
  const auto visitor = tokens.Verify(token, "shop");
  ASSERT_FALSE(visitor.ok());
  EXPECT_EQ(visitor.error().reason, "TOKEN_EXPIRED");
}

// The router's own tokens have another audience: one cannot stand in for the other.
TEST_F(VisitorTokensTest, RefusesATokenThatWasMintedForTheRouter) {
  VisitorTokens tokens = TokensOf(key);
  io::Claims claims;
  claims.subject = "v1";
  claims.role = io::Role::kVisitor;
  claims.domain = DomainId{"acme"};
  claims.session = "shop";
  claims.expires_at = kNow + Duration{60'000};
  EXPECT_FALSE(tokens.Verify(*io::MintToken(key, {}, claims, kNow), "shop").ok());
}

}  // namespace
}  // namespace usher::chat
