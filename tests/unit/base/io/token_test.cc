// SPDX-License-Identifier: Apache-2.0
#include "base/io/token.h"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/hmac.h>

#include "base/io/base64url.h"

namespace usher::io {
namespace {

constexpr Instant kNow = InstantFromUnixMs(1'800'000'000'000);
constexpr std::int64_t kNowSeconds = 1'800'000'000;

const KeyPair& Key() {
  static const KeyPair key = *KeyPair::Make();
  return key;
}

PublicKeys Known(const KeyPair& key) {
  PublicKeys keys;
  EXPECT_TRUE(keys.AddJwks(key.PublicJwks()).ok());
  return keys;
}

Claims AgentClaims() {
  Claims claims;
  claims.subject = "ann";
  claims.role = Role::kAgent;
  claims.domain = DomainId("acme");
  claims.expires_at = kNow + Duration{600'000};
  return claims;
}

std::string Mint(const Claims& claims, const KeyPair& key = Key()) {
  auto token = MintToken(key, {}, claims, kNow);
  EXPECT_TRUE(token.ok()) << token.error().message;
  return *token;
}

TokenVerifier MakeVerifier() { return TokenVerifier(Known(Key()), {}); }

std::string ReasonFor(const std::string& token, Instant now = kNow) {
  auto verifier = MakeVerifier();
  const auto claims = verifier.Verify(token, now);
  if (claims.ok()) return "accepted";
  EXPECT_EQ(claims.error().code, Code::kUnauthenticated);
  return claims.error().reason;
}

std::string GoodHeader() { return R"({"alg":"EdDSA","typ":"JWT","kid":")" + Key().kid() + R"("})"; }

std::string Payload(const std::string& more = "", const std::string& expires_in = "600") {
  return R"({"iss":"usher","aud":"usher","sub":"ann","role":"agent","domain":"acme","exp":)" +
         std::to_string(kNowSeconds + std::stoll(expires_in)) + more + "}";
}

// Properly signed, whatever it says.
std::string Forge(const std::string& header, const std::string& payload) {
  const std::string text = ToBase64Url(header) + "." + ToBase64Url(payload);
  return text + "." + ToBase64Url(*Key().Sign(text));
}

TEST(TokenTest, CarriesEveryClaimThereAndBack) {
  Claims claims = AgentClaims();
  claims.role = Role::kVisitor;
  claims.not_before = kNow - Duration{5'000};
  claims.channels = {"chat", "email"};
  claims.contact = ContactId(18'446'744'073'709'551'615u);
  claims.session = "s-1";
  auto verifier = MakeVerifier();
  const auto read = verifier.Verify(Mint(claims), kNow);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->subject, "ann");
  EXPECT_EQ(read->role, Role::kVisitor);
  EXPECT_EQ(read->domain, DomainId("acme"));
  EXPECT_EQ(read->expires_at, claims.expires_at);
  EXPECT_EQ(read->not_before, claims.not_before);
  EXPECT_EQ(read->channels, claims.channels);
  EXPECT_EQ(read->contact, claims.contact);
  EXPECT_EQ(read->session, "s-1");
}

TEST(TokenTest, CarriesAsWhomAGatewayMayAct) {
  Claims claims = AgentClaims();
  claims.role = Role::kAdapter;
  claims.acts_for = {Role::kAgent, Role::kSupervisor};
  auto verifier = MakeVerifier();
  const auto read = verifier.Verify(Mint(claims), kNow);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->acts_for, claims.acts_for);
}

TEST(TokenTest, OnlyAdaptersActAndOnlyForAgentsAndSupervisors) {
  Claims agent = AgentClaims();
  agent.acts_for = {Role::kSupervisor};
  EXPECT_EQ(MintToken(Key(), {}, agent, kNow).error().reason, "INVALID_CLAIMS");
  Claims gateway = AgentClaims();
  gateway.role = Role::kAdapter;
  gateway.acts_for = {Role::kAdmin};
  EXPECT_EQ(MintToken(Key(), {}, gateway, kNow).error().reason, "INVALID_CLAIMS");
}

TEST(TokenTest, EveryRoleHasANameThatIsFoundAgain) {
  for (const auto role : {Role::kAgent, Role::kSupervisor, Role::kAdmin, Role::kAdapter,
                          Role::kVisitor, Role::kMetrics})
    EXPECT_EQ(FindRole(ToText(role)), role);
  EXPECT_EQ(FindRole("root"), std::nullopt);
  EXPECT_EQ(FindRole(""), std::nullopt);
}

TEST(TokenTest, MintsOnlyWhatWouldBeAccepted) {
  Claims nobody = AgentClaims();
  nobody.subject.clear();
  EXPECT_EQ(MintToken(Key(), {}, nobody, kNow).error().reason, "INVALID_CLAIMS");
  Claims nowhere = AgentClaims();
  nowhere.domain = DomainId();
  EXPECT_EQ(MintToken(Key(), {}, nowhere, kNow).error().reason, "INVALID_CLAIMS");
  Claims over = AgentClaims();
  over.expires_at = kNow;
  EXPECT_EQ(MintToken(Key(), {}, over, kNow).error().reason, "INVALID_CLAIMS");
  Claims admin = AgentClaims();
  admin.role = Role::kAdmin;
  admin.domain = DomainId();
  EXPECT_TRUE(MintToken(Key(), {}, admin, kNow).ok());
}

TEST(TokenTest, ExpiresAfterTheLeeway) {
  const auto token = Mint(AgentClaims());
  EXPECT_EQ(ReasonFor(token, kNow + Duration{629'999}), "accepted");
  EXPECT_EQ(ReasonFor(token, kNow + Duration{630'000}), "TOKEN_EXPIRED");
}

TEST(TokenTest, IsNotValidBeforeItsTime) {
  Claims claims = AgentClaims();
  claims.not_before = kNow + Duration{60'000};
  EXPECT_EQ(ReasonFor(Mint(claims), kNow + Duration{29'000}), "TOKEN_NOT_YET_VALID");
  EXPECT_EQ(ReasonFor(Mint(claims), kNow + Duration{30'000}), "accepted");
}

TEST(TokenTest, AcceptsBothSpellingsOfTheAlgorithm) {
  EXPECT_EQ(ReasonFor(Forge(GoodHeader(), Payload())), "accepted");
  EXPECT_EQ(ReasonFor(Forge(R"({"alg":"Ed25519","kid":")" + Key().kid() + R"("})", Payload())),
            "accepted");
}

TEST(TokenTest, AcceptsAnAudienceInAList) {
  auto payload = Payload();
  payload.replace(payload.find(R"("aud":"usher")"), 13, R"("aud":["other","usher"])");
  EXPECT_EQ(ReasonFor(Forge(GoodHeader(), payload)), "accepted");
}

TEST(TokenTest, RefusesAnotherAlgorithmWhateverItsSignature) {
  const auto kid = Key().kid();
  const auto body = ToBase64Url(Payload());
  const auto none = ToBase64Url(R"({"alg":"none","kid":")" + kid + R"("})") + "." + body + ".";
  EXPECT_EQ(ReasonFor(none), "TOKEN_ALGORITHM");
  for (const std::string algorithm : {"HS256", "RS256", "ES256", "eddsa", "None", ""})
    EXPECT_EQ(
        ReasonFor(Forge(R"({"alg":")" + algorithm + R"(","kid":")" + kid + R"("})", Payload())),
        "TOKEN_ALGORITHM")
        << algorithm;
  EXPECT_EQ(ReasonFor(Forge(R"({"kid":")" + kid + R"("})", Payload())), "TOKEN_ALGORITHM");
}

TEST(TokenTest, RefusesAnHmacMadeWithThePublicKey) {
  const auto text = ToBase64Url(R"({"alg":"HS256","kid":")" + Key().kid() + R"("})") + "." +
                    ToBase64Url(Payload());
  const auto secret = Key().PublicJwks();
  unsigned char mac[32];
  unsigned size = sizeof mac;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  EXPECT_EQ(ReasonFor(text + "." + ToBase64Url({reinterpret_cast<char*>(mac), size})),
            "TOKEN_ALGORITHM");
}

TEST(TokenTest, RefusesCriticalExtensions) {
  EXPECT_EQ(
      ReasonFor(Forge(R"({"alg":"EdDSA","crit":["b64"],"b64":true,"kid":")" + Key().kid() + R"("})",
                      Payload())),
      "TOKEN_CRITICAL_HEADER");
}

TEST(TokenTest, RefusesKeysThatItDoesNotKnow) {
  const auto stranger = *KeyPair::Make();
  EXPECT_EQ(ReasonFor(Mint(AgentClaims(), stranger)), "TOKEN_UNKNOWN_KEY");
  EXPECT_EQ(ReasonFor(Forge(R"({"alg":"EdDSA"})", Payload())), "TOKEN_UNKNOWN_KEY");
  EXPECT_EQ(ReasonFor(Forge(R"({"alg":"EdDSA","kid":7})", Payload())), "TOKEN_UNKNOWN_KEY");
  EXPECT_EQ(ReasonFor(Forge(R"({"alg":"EdDSA","kid":"../../etc"})", Payload())),
            "TOKEN_UNKNOWN_KEY");
}

TEST(TokenTest, IgnoresAKeyThatTheTokenBringsAlong) {
  const auto stranger = *KeyPair::Make();
  auto jwk = stranger.PublicJwks();
  jwk = jwk.substr(9, jwk.size() - 11);  // the object inside {"keys":[…]}
  const auto text =
      ToBase64Url(R"({"alg":"EdDSA","kid":")" + Key().kid() + R"(","jwk":)" + jwk + "}") + "." +
      ToBase64Url(Payload());
  EXPECT_EQ(ReasonFor(text + "." + ToBase64Url(*stranger.Sign(text))), "TOKEN_SIGNATURE");
}

TEST(TokenTest, RefusesWrongSignatures) {
  const auto good = Mint(AgentClaims());
  const auto text = good.substr(0, good.rfind('.'));
  EXPECT_EQ(ReasonFor(text + "." + ToBase64Url(std::string(64, '\0'))), "TOKEN_SIGNATURE");
  EXPECT_EQ(ReasonFor(text + "."), "TOKEN_SIGNATURE");
  EXPECT_EQ(ReasonFor(text + "." + ToBase64Url(*Key().Sign(text) + "x")), "TOKEN_SIGNATURE");
  EXPECT_EQ(ReasonFor(text + "." + ToBase64Url(Key().Sign(text)->substr(0, 63))),
            "TOKEN_SIGNATURE");
  EXPECT_EQ(ReasonFor(text + "." + ToBase64Url(*Key().Sign("other"))), "TOKEN_SIGNATURE");
}

TEST(TokenTest, RefusesEverySingleChangedCharacter) {
  const auto good = Mint(AgentClaims());
  auto verifier = MakeVerifier();
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verifier.Verify(changed, kNow).ok()) << "at " << i;
  }
}

TEST(TokenTest, RefusesWhatIsNotAJwt) {
  const auto good = Mint(AgentClaims());
  for (const std::string& bad :
       {std::string(), std::string("x"), std::string(".."), std::string("a.b"), good + ".x",
        good + "=", " " + good, good + "\n", good.substr(0, good.find('.')),
        ToBase64Url("7") + "." + ToBase64Url("{}") + ".AAAA", Forge("[]", "{}"),
        Forge("{", Payload()), Forge(GoodHeader(), "[]"), Forge(GoodHeader(), "{"),
        Forge(R"({"alg":"EdDSA","typ":"JOSE","kid":")" + Key().kid() + R"("})", Payload())})
    EXPECT_EQ(ReasonFor(bad), "TOKEN_MALFORMED") << bad;
}

TEST(TokenTest, RefusesASecondSpellingOfAGoodSignature) {
  // 64 bytes leave four unused bits in the last character.
  auto token = Mint(AgentClaims());
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  token.back() = alphabet[alphabet.find(token.back()) + 1];
  EXPECT_EQ(ReasonFor(token), "TOKEN_MALFORMED");
}

TEST(TokenTest, RefusesLongTokensUnread) {
  EXPECT_EQ(ReasonFor(std::string(4097, 'a')), "TOKEN_TOO_LONG");
  EXPECT_EQ(ReasonFor(std::string(4096, 'a')), "TOKEN_MALFORMED");
}

TEST(TokenTest, RefusesOtherIssuersAndAudiences) {
  const auto with = [](std::string from, const std::string& to) {
    auto payload = Payload();
    payload.replace(payload.find(from), from.size(), to);
    return Forge(GoodHeader(), payload);
  };
  EXPECT_EQ(ReasonFor(with(R"("iss":"usher")", R"("iss":"usher2")")), "TOKEN_ISSUER");
  EXPECT_EQ(ReasonFor(with(R"("iss":"usher")", R"("iss":["usher"])")), "TOKEN_ISSUER");
  EXPECT_EQ(ReasonFor(with(R"("iss":"usher",)", "")), "TOKEN_ISSUER");
  EXPECT_EQ(ReasonFor(with(R"("aud":"usher")", R"("aud":"ush")")), "TOKEN_AUDIENCE");
  EXPECT_EQ(ReasonFor(with(R"("aud":"usher")", R"("aud":[["usher"]])")), "TOKEN_AUDIENCE");
  EXPECT_EQ(ReasonFor(with(R"("aud":"usher",)", "")), "TOKEN_AUDIENCE");
}

TEST(TokenTest, RefusesUnusableClaims) {
  const auto with = [](std::string from, const std::string& to) {
    auto payload = Payload();
    payload.replace(payload.find(from), from.size(), to);
    return ReasonFor(Forge(GoodHeader(), payload));
  };
  EXPECT_EQ(with(R"("role":"agent")", R"("role":"root")"), "TOKEN_CLAIMS");
  EXPECT_EQ(with(R"("role":"agent",)", ""), "TOKEN_CLAIMS");
  EXPECT_EQ(with(R"("sub":"ann")", R"("sub":"")"), "TOKEN_CLAIMS");
  EXPECT_EQ(with(R"("sub":"ann")", R"("sub":"a\nb")"), "TOKEN_CLAIMS");
  EXPECT_EQ(with(R"("sub":"ann")", R"("sub":")" + std::string(257, 'a') + '"'), "TOKEN_CLAIMS");
  EXPECT_EQ(with(R"(,"domain":"acme")", ""), "TOKEN_CLAIMS");
  EXPECT_EQ(with(R"("exp":)", R"("expiry":)"), "TOKEN_CLAIMS");
  EXPECT_EQ(with(R"("exp":)", R"("exp":-)"), "TOKEN_CLAIMS");
  EXPECT_EQ(with(R"("exp":)", R"("exp":9999)"), "TOKEN_CLAIMS") << "beyond the year 9999";
  for (const std::string more :
       {R"(,"nbf":"soon")", R"(,"nbf":1e300)", R"(,"channels":"chat")", R"(,"channels":[7])",
        R"(,"channels":[""])", R"(,"contact":7)", R"(,"contact":"0")", R"(,"contact":"7x")",
        R"(,"contact":"18446744073709551616")"})
    EXPECT_EQ(ReasonFor(Forge(GoodHeader(), Payload(more))), "TOKEN_CLAIMS") << more;
}

TEST(TokenTest, NoRefusalRepeatsTheToken) {
  auto verifier = MakeVerifier();
  const auto token = Forge(GoodHeader(), Payload(R"(,"channels":["CANARY",7])"));
  const auto refused = verifier.Verify(token, kNow);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message.find("CANARY"), std::string::npos);
  EXPECT_EQ(refused.error().message.find(token.substr(0, 16)), std::string::npos);
}

TEST(TokenVerifierTest, RemembersGoodTokensOnlyAndForgetsThemWhenTheyExpire) {
  auto verifier = MakeVerifier();
  EXPECT_FALSE(verifier.Verify("bad", kNow).ok());
  EXPECT_EQ(verifier.remembered(), 0u);
  const auto token = Mint(AgentClaims());
  EXPECT_TRUE(verifier.Verify(token, kNow).ok());
  EXPECT_TRUE(verifier.Verify(token, kNow).ok());
  EXPECT_EQ(verifier.remembered(), 1u);
  EXPECT_EQ(verifier.Verify(token, kNow + Duration{630'000}).error().reason, "TOKEN_EXPIRED");
  EXPECT_EQ(verifier.remembered(), 0u);
}

TEST(TokenVerifierTest, ForgetsTheLeastRecentlyUsedAtItsBound) {
  TokenVerifier verifier(Known(Key()), {}, 3);
  for (int i = 0; i < 10; ++i) {
    Claims claims = AgentClaims();
    claims.subject = "agent" + std::to_string(i);
    EXPECT_EQ(verifier.Verify(Mint(claims), kNow)->subject, claims.subject);
    EXPECT_LE(verifier.remembered(), 3u);
  }
}

TEST(TokenVerifierTest, RefusesTokensOfARemovedKeyAtOnce) {
  const auto second = *KeyPair::Make();
  auto verifier = MakeVerifier();
  const auto token = Mint(AgentClaims());
  EXPECT_TRUE(verifier.Verify(token, kNow).ok());
  verifier.ReplaceKeys(Known(second));
  EXPECT_EQ(verifier.Verify(token, kNow).error().reason, "TOKEN_UNKNOWN_KEY");
  EXPECT_TRUE(verifier.Verify(Mint(AgentClaims(), second), kNow).ok());
}

TEST(TokenVerifierTest, MayBeUsedFromManyThreadsWhileKeysChange) {
  TokenVerifier verifier(Known(Key()), {}, 4);
  std::vector<std::string> tokens;
  for (int i = 0; i < 8; ++i) {
    Claims claims = AgentClaims();
    claims.subject = "agent" + std::to_string(i);
    tokens.push_back(Mint(claims));
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 200; ++i) {
        const auto n = (i * 7 + static_cast<std::size_t>(t)) % tokens.size();
        EXPECT_EQ(verifier.Verify(tokens[n], kNow)->subject, "agent" + std::to_string(n));
      }
    });
  for (int i = 0; i < 50; ++i) verifier.ReplaceKeys(Known(Key()));
  for (auto& thread : threads) thread.join();
  EXPECT_LE(verifier.remembered(), 4u);
}

}  // namespace
}  // namespace usher::io
