// SPDX-License-Identifier: Apache-2.0
#include "router/service/call_rules.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::service {
namespace {

using routing::v1::CallControl;

std::string Checked(const CallControl& control) {
  const Result<void> checked = CheckControl(control);
  return checked.ok() ? "ok" : checked.error().reason;
}

std::string Keys(const std::string& digits) {
  CallControl control;
  control.mutable_digits()->set_digits(digits);
  return Checked(control);
}

std::string Number(const std::string& number) {
  CallControl control;
  control.mutable_dial_out()->set_number(number);
  return Checked(control);
}

TEST(CallRulesTest, KeysAreThoseOfATelephone) {
  EXPECT_EQ(Keys("0123456789*#ABCD"), "ok");
  EXPECT_EQ(Keys(""), "BAD_DIGITS");
  EXPECT_EQ(Keys("12x"), "BAD_DIGITS");
  EXPECT_EQ(Keys(std::string(33, '1')), "BAD_DIGITS");
}

TEST(CallRulesTest, ANumberHasDigitsAndNothingThatIsMore) {
  EXPECT_EQ(Number("+1 (555) 010-9999"), "ok");
  EXPECT_EQ(Number("*43#"), "ok");
  EXPECT_EQ(Number(""), "BAD_NUMBER");
  EXPECT_EQ(Number("#"), "BAD_NUMBER");
  EXPECT_EQ(Number("100@elsewhere.example"), "BAD_NUMBER");
  EXPECT_EQ(Number("100&200"), "BAD_NUMBER");
  EXPECT_EQ(Number("100\n200"), "BAD_NUMBER");
  EXPECT_EQ(Number(std::string(65, '1')), "BAD_NUMBER");
}

TEST(CallRulesTest, AControlSaysWhatAndToWhom) {
  CallControl control;
  EXPECT_EQ(Checked(control), "BAD_CONTROL");
  control.mutable_drop();
  EXPECT_EQ(Checked(control), "BAD_CONTROL");
  control.mutable_drop()->set_leg_id("leg-2");
  EXPECT_EQ(Checked(control), "ok");
  control.mutable_pass_outside();
  EXPECT_EQ(Checked(control), "BAD_CONTROL");
  control.mutable_pass_outside()->set_leg_id("leg-2");
  EXPECT_EQ(Checked(control), "ok");
  control.mutable_supervise()->set_mode(static_cast<routing::v1::SupervisionMode>(9));
  EXPECT_EQ(Checked(control), "BAD_CONTROL");
}

TEST(CallRulesTest, APersonActsForHerselfAndAMachineNamesWhom) {
  io::CallContext call;
  call.claims.subject = "ann";
  call.claims.role = io::Role::kAgent;
  EXPECT_EQ(*PersonOf(call, ""), "ann");
  EXPECT_EQ(PersonOf(call, "ben").error().reason, "NOT_YOURS");
  call.claims.subject = "gateway";
  call.claims.role = io::Role::kAdapter;
  EXPECT_EQ(PersonOf(call, "").error().reason, "MISSING_AGENT_ID");
  EXPECT_EQ(*PersonOf(call, "ben"), "ben");
  call.acting = io::Acting{"sue", io::Role::kSupervisor};
  EXPECT_EQ(*PersonOf(call, ""), "sue");
  EXPECT_EQ(PersonOf(call, "ben").error().reason, "NOT_YOURS");
}

}  // namespace
}  // namespace usher::service
