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

TEST(AccessPolicyTest, AllowsTheRolesOfItsRowAndNoOther) {
  AccessPolicy policy;
  policy.Allow(kSay, {Role::kAgent, Role::kSupervisor});
  EXPECT_TRUE(policy.Check(kSay, Role::kAgent).ok());
  EXPECT_TRUE(policy.Check(kSay, Role::kSupervisor).ok());
  for (const auto role : {Role::kAdmin, Role::kAdapter, Role::kVisitor, Role::kMetrics}) {
    const auto checked = policy.Check(kSay, role);
    ASSERT_FALSE(checked.ok()) << ToText(role);
    EXPECT_EQ(checked.error().code, Code::kPermissionDenied);
    EXPECT_EQ(checked.error().reason, "ROLE_NOT_ALLOWED");
  }
}

TEST(AccessPolicyTest, RefusesEverybodyWhereThereIsNoRow) {
  const AccessPolicy policy;
  EXPECT_EQ(policy.Check(kSay, Role::kAdmin).error().reason, "METHOD_NOT_LISTED");
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

class ActingTest : public testing::Test {
 protected:
  std::string ReasonOf(const std::string& token, ActingHeaders headers) {
    const auto admitted = echo_.gate.AdmitActing(kSay, "Bearer " + token, headers);
    return admitted.ok() ? "OK" : admitted.error().reason;
  }

  EchoServer echo_;
};

TEST_F(ActingTest, AGatewayActsForThePersonItNames) {
  const auto admitted = echo_.gate.AdmitActing(kSay, "Bearer " + echo_.ActingToken({Role::kAgent}),
                                               {"b%E5%85%AC%25", "agent"});
  ASSERT_TRUE(admitted.ok()) << admitted.error().message;
  EXPECT_EQ(admitted->acting, (Acting{"b\xE5\x85\xAC%", Role::kAgent}));
  EXPECT_EQ(ToActingForHeader("b\xE5\x85\xAC%"), "b%E5%85%AC%25");
}

TEST_F(ActingTest, AGatewayWithoutTheHeadersIsItself) {
  // The echo's row allows agents only.
  EXPECT_EQ(ReasonOf(echo_.ActingToken({Role::kAgent}), {}), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(ReasonOf(echo_.Token(), {}), "OK");
}

TEST_F(ActingTest, ThePersonsRoleIsCheckedAgainstThePolicy) {
  AccessPolicy policy;
  policy.Allow(kSay, {Role::kSupervisor, Role::kAdapter});
  const AccessGate gate(echo_.verifier, policy, [] { return kTestNow; });
  const std::string token = "Bearer " + echo_.ActingToken({Role::kAgent, Role::kSupervisor});
  EXPECT_EQ(gate.AdmitActing(kSay, token, {"ann", "agent"}).error().reason, "ROLE_NOT_ALLOWED");
  EXPECT_TRUE(gate.AdmitActing(kSay, token, {"sue", "supervisor"}).ok());
}

TEST_F(ActingTest, AnAdapterWhoseTokenDoesNotSayTheRoleIsRefused) {
  EXPECT_EQ(ReasonOf(echo_.Token(Role::kAdapter), {"sue", "supervisor"}), "BAD_ACTING_FOR");
  EXPECT_EQ(ReasonOf(echo_.ActingToken({Role::kAgent}), {"sue", "supervisor"}), "BAD_ACTING_FOR");
}

TEST_F(ActingTest, OnlyAdaptersAct) {
  EXPECT_EQ(ReasonOf(echo_.Token(Role::kAgent), {"ben", "agent"}), "BAD_ACTING_FOR");
  EXPECT_EQ(ReasonOf(echo_.Token(Role::kAdmin), {"ben", "agent"}), "BAD_ACTING_FOR");
}

TEST_F(ActingTest, HeadersThatMakeNoSenseAreRefused) {
  const std::string token = echo_.ActingToken({Role::kAgent, Role::kSupervisor});
  EXPECT_EQ(ReasonOf(token, {"ann", ""}), "BAD_ACTING_FOR");
  EXPECT_EQ(ReasonOf(token, {"", "agent"}), "BAD_ACTING_FOR");
  EXPECT_EQ(ReasonOf(token, {"ann", "admin"}), "BAD_ACTING_FOR");
  EXPECT_EQ(ReasonOf(token, {"ann", "queen"}), "BAD_ACTING_FOR");
  EXPECT_EQ(ReasonOf(token, {"a%0Ab", "agent"}), "BAD_ACTING_FOR");
  EXPECT_EQ(ReasonOf(token, {"a%4", "agent"}), "BAD_ACTING_FOR");
  EXPECT_EQ(ReasonOf(token, {std::string(257, 'a'), "agent"}), "BAD_ACTING_FOR");
  EXPECT_EQ(ReasonOf(token, {std::nullopt, "agent"}), "BAD_ACTING_FOR");
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
