// SPDX-License-Identifier: Apache-2.0
#include "base/failpoint.h"

#include <csignal>
#include <string>

#include <gtest/gtest.h>

namespace usher {
namespace {

class FailpointTest : public testing::Test {
 protected:
  ~FailpointTest() override { failpoints::Disarm(); }
};

TEST_F(FailpointTest, NothingHappensWhereNothingIsArmed) {
  Reach(Failpoint::kCommitSent);
  EXPECT_FALSE(FailsHere(Failpoint::kCommitSent));
}

TEST_F(FailpointTest, AnErrorComesAtItsTimeOnly) {
  ASSERT_TRUE(failpoints::Arm("commit.replied=error@2").ok());
  EXPECT_FALSE(FailsHere(Failpoint::kCommitReplied));
  EXPECT_FALSE(FailsHere(Failpoint::kCommitSent));
  EXPECT_TRUE(FailsHere(Failpoint::kCommitReplied));
  EXPECT_FALSE(FailsHere(Failpoint::kCommitReplied));
}

TEST_F(FailpointTest, WithoutATimeItComesEveryTime) {
  ASSERT_TRUE(failpoints::Arm("commit.replied=error").ok());
  EXPECT_TRUE(FailsHere(Failpoint::kCommitReplied));
  EXPECT_TRUE(FailsHere(Failpoint::kCommitReplied));
}

TEST_F(FailpointTest, AnExitIsWithoutAWordAtItsTime) {
  EXPECT_EXIT(
      {
        if (!failpoints::Arm("load.done=delay:1,timeline.replied=exit@3").ok()) return;
        for (int i = 0; i < 3; ++i) {
          Reach(Failpoint::kLoadDone);
          Reach(Failpoint::kTimelineReplied);
        }
      },
      testing::ExitedWithCode(137), "");
}

TEST_F(FailpointTest, EachNameIsItsOwnPoint) {
  ASSERT_TRUE(failpoints::Arm("timeline.replied=error,command.read=error").ok());
  EXPECT_TRUE(FailsHere(Failpoint::kTimelineReplied));
  EXPECT_TRUE(FailsHere(Failpoint::kCommandRead));
  EXPECT_FALSE(FailsHere(Failpoint::kTimelineSend));
  EXPECT_FALSE(FailsHere(Failpoint::kLoadBegin));
}

TEST_F(FailpointTest, WhatIsNotUnderstoodArmsNothingAndIsNamed) {
  for (const std::string wrong :
       {"commit.sent", "commit.sent=explode", "commit.lost=exit", "x", "commit.sent=exit@0",
        "commit.sent=delay:", "commit.sent=exit@"}) {
    const auto armed = failpoints::Arm("commit.replied=error," + wrong);
    ASSERT_FALSE(armed.ok()) << wrong;
    EXPECT_EQ(armed.error().reason, "BAD_FAILPOINT");
    EXPECT_NE(armed.error().message.find("'" + wrong + "'"), std::string::npos) << wrong;
    EXPECT_FALSE(FailsHere(Failpoint::kCommitReplied));
  }
}

}  // namespace
}  // namespace usher
