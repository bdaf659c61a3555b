// SPDX-License-Identifier: Apache-2.0
#include "channels/cloudevents/signature.h"

#include <gtest/gtest.h>

namespace usher::cloudevents {
namespace {

constexpr Instant kSignedAt = InstantFromUnixMs(1'614'265'330'000);
constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr char kSignature[] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

// The example of the Standard Webhooks libraries.
io::HttpRequest Signed() {
  io::HttpRequest request;
  request.headers = {{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                     {"webhook-timestamp", "1614265330"},
                     {"webhook-signature", kSignature}};
  request.body = R"({"test": 2432232314})";
  return request;
}

std::vector<std::string> Secrets() { return {*ParseSecret(kSecret)}; }

std::string Refusal(const io::HttpRequest& request, Instant now = kSignedAt) {
  const Result<void> checked = CheckSignature(request, Secrets(), now);
  return checked.ok() ? "" : checked.error().reason;
}

TEST(SignatureTest, TheKnownExampleIsSound) { EXPECT_EQ(Refusal(Signed()), ""); }

TEST(SignatureTest, WhatIsSignedHereIsSound) {
  io::HttpRequest request;
  request.body = R"({"test": 2432232314})";
  request.headers = Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", request.body, *ParseSecret(kSecret),
                         kSignedAt + Duration{999});
  EXPECT_EQ(request.Header("webhook-signature"), kSignature);
  EXPECT_EQ(Refusal(request), "");
}

TEST(SignatureTest, OneOfSeveralSignaturesAndSecretsIsEnough) {
  io::HttpRequest request = Signed();
  request.headers[2].second = std::string("v1a,AAAA v1,AAAA ") + kSignature;
  EXPECT_EQ(Refusal(request), "");
  const std::vector<std::string> two = {std::string(32, 'x'), *ParseSecret(kSecret)};
  EXPECT_TRUE(CheckSignature(Signed(), two, kSignedAt).ok());
}

TEST(SignatureTest, WhateverIsChangedBreaksIt) {
  io::HttpRequest body = Signed();
  body.body += ' ';
  EXPECT_EQ(Refusal(body), "WEBHOOK_SIGNATURE");
  io::HttpRequest id = Signed();
  id.headers[0].second = "msg_other";
  EXPECT_EQ(Refusal(id), "WEBHOOK_SIGNATURE");
  io::HttpRequest time = Signed();
  time.headers[1].second = "1614265331";
  EXPECT_EQ(Refusal(time), "WEBHOOK_SIGNATURE");
  EXPECT_FALSE(CheckSignature(Signed(), {std::string(32, 'x')}, kSignedAt).ok());
  EXPECT_FALSE(CheckSignature(Signed(), {}, kSignedAt).ok());
}

TEST(SignatureTest, AnOldOneIsWorthNothing) {
  EXPECT_EQ(Refusal(Signed(), kSignedAt + kSignatureAge), "");
  EXPECT_EQ(Refusal(Signed(), kSignedAt + kSignatureAge + Duration{1}), "WEBHOOK_TIMESTAMP");
  EXPECT_EQ(Refusal(Signed(), kSignedAt - kSignatureAge - Duration{1}), "WEBHOOK_TIMESTAMP");
}

TEST(SignatureTest, RubbishIsRefused) {
  for (std::size_t missing = 0; missing < 3; ++missing) {
    io::HttpRequest request = Signed();
    request.headers.erase(request.headers.begin() + static_cast<std::ptrdiff_t>(missing));
    EXPECT_EQ(Refusal(request), "WEBHOOK_UNSIGNED");
  }
  for (const char* time : {"soon", "-1", "16142653300000000", "1e9"}) {
    io::HttpRequest request = Signed();
    request.headers[1].second = time;
    EXPECT_EQ(Refusal(request), "WEBHOOK_TIMESTAMP") << time;
  }
  for (const char* signature : {"v1,", "v1,====", "v1,g0hM9SsE", "g0hM9SsE+OTPJTGt", "v2,AAAA"}) {
    io::HttpRequest request = Signed();
    request.headers[2].second = signature;
    EXPECT_EQ(Refusal(request), "WEBHOOK_SIGNATURE") << signature;
  }
}

TEST(SignatureTest, ASecretHasItsForm) {
  EXPECT_EQ(ParseSecret(kSecret)->size(), 24u);
  EXPECT_TRUE(ParseSecret(std::string(kSecret) + "\n").ok());
  for (const char* text : {"", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                           "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!"}) {
    const Result<std::string> secret = ParseSecret(text);
    ASSERT_FALSE(secret.ok()) << text;
    EXPECT_EQ(secret.error().reason, "BAD_WEBHOOK_SECRET");
  }
}

}  // namespace
}  // namespace usher::cloudevents
