// SPDX-License-Identifier: Apache-2.0
#include "base/io/access.h"

#include <gtest/gtest.h>

#include "tests/unit/base/io/echo.pb.h"
#include "tests/unit/base/io/echo_server.h"

namespace usher::io {
namespace {

const std::vector<const google::protobuf::ServiceDescriptor*>& Services() {
  static const std::vector<const google::protobuf::ServiceDescriptor*> services = {
      SayRequest::descriptor()->file()->service(0)};
  return services;
}

Claims WithRole(Role role) {
  Claims claims;
  claims.role = role;
  return claims;
}

TEST(AccessPolicyTest, AllowsTheRolesOfItsRowAndNoOther) {
  AccessPolicy policy;
  policy.Allow(kSay, {Role::kAgent, Role::kSupervisor});
  EXPECT_TRUE(policy.Check(kSay, WithRole(Role::kAgent)).ok());
  EXPECT_TRUE(policy.Check(kSay, WithRole(Role::kSupervisor)).ok());
  for (const auto role : {Role::kAdmin, Role::kAdapter, Role::kVisitor, Role::kMetrics}) {
    const auto checked = policy.Check(kSay, WithRole(role));
    ASSERT_FALSE(checked.ok()) << ToText(role);
    EXPECT_EQ(checked.error().code, Code::kPermissionDenied);
    EXPECT_EQ(checked.error().reason, "ROLE_NOT_ALLOWED");
  }
}

TEST(AccessPolicyTest, RefusesEverybodyWhereThereIsNoRow) {
  const AccessPolicy policy;
  EXPECT_EQ(policy.Check(kSay, WithRole(Role::kAdmin)).error().reason, "METHOD_NOT_LISTED");
}

TEST(AccessPolicyTest, KnowsWhenItCoversAllMethods) {
  AccessPolicy policy;
  policy.Allow(kSay, {Role::kAgent});
  policy.Allow(kTalk, {Role::kAgent});
  const auto missing = policy.VerifyCovers(Services());
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().reason, "METHOD_NOT_LISTED");
  EXPECT_NE(missing.error().message.find(kCount), std::string::npos);
  policy.Allow(kCount, {});
  EXPECT_TRUE(policy.VerifyCovers(Services()).ok());
  policy.Allow("/usher.test.v1.EchoService/Sing", {Role::kAgent});
  const auto unknown = policy.VerifyCovers(Services());
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().reason, "METHOD_UNKNOWN");
  EXPECT_NE(unknown.error().message.find("Sing"), std::string::npos);
}

TEST(AccessPolicyDeathTest, NamingAMethodTwiceIsABug) {
  AccessPolicy policy;
  policy.Allow(kSay, {Role::kAgent});
  EXPECT_DEATH(policy.Allow(kSay, {Role::kVisitor}), kSay);
}

TEST(AccessGateTest, WantsABearerTokenWhateverItsSchemesCase) {
  const EchoServer echo({.address = ""});
  EXPECT_TRUE(echo.gate.Admit(kSay, "Bearer " + echo.Token()).ok());
  EXPECT_TRUE(echo.gate.Admit(kSay, "bEARER " + echo.Token()).ok());
  EXPECT_EQ(echo.gate.Admit(kSay, "").error().reason, "TOKEN_MISSING");
  EXPECT_EQ(echo.gate.Admit(kSay, "Basic YTpi").error().reason, "TOKEN_SCHEME");
  EXPECT_EQ(echo.gate.Admit(kSay, echo.Token()).error().reason, "TOKEN_SCHEME");
  EXPECT_EQ(echo.gate.Admit(kSay, "Bearer ").error().reason, "TOKEN_SCHEME");
  EXPECT_EQ(echo.gate.Admit(kSay, "Bearer  " + echo.Token()).error().reason, "TOKEN_MALFORMED");
  EXPECT_EQ(echo.gate.Admit("/x/Y", "Bearer " + echo.Token()).error().reason, "METHOD_NOT_LISTED");
}

}  // namespace
}  // namespace usher::io
