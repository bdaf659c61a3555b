// SPDX-License-Identifier: Apache-2.0
#include "router/service/refusals.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::service {
namespace {

TEST(RefusalsTest, EveryRefusalHasItsWordAndANextStep) {
  for (int i = 0; i <= static_cast<int>(engine::Refusal::kNone); ++i) {
    engine::Outcome outcome;
    outcome.refusal = static_cast<engine::Refusal>(i);
    const Error error = ToError(outcome);
    EXPECT_EQ(error.reason, engine::ToString(*outcome.refusal));
    EXPECT_FALSE(error.message.empty());
    EXPECT_FALSE(error.next_step.empty()) << error.reason;
    EXPECT_NE(error.code, Code::kInternal) << error.reason;
  }
}

TEST(RefusalsTest, KeepsTheEnginesText) {
  engine::Outcome outcome;
  outcome.refusal = engine::Refusal::kUnknownQueue;
  outcome.text = "no queue \"suport\"";
  EXPECT_EQ(ToError(outcome).message, "no queue \"suport\"");
  EXPECT_EQ(ToError(outcome).code, Code::kNotFound);
}

}  // namespace
}  // namespace usher::service
