// SPDX-License-Identifier: Apache-2.0
#include "tests/theory/erlang.h"

#include <cmath>

#include <gtest/gtest.h>

namespace usher::theory {
namespace {

TEST(ErlangTest, LossAgreesWithExactFractions) {
  EXPECT_DOUBLE_EQ(ErlangB(1, 1), 0.5);
  EXPECT_NEAR(ErlangB(2, 3), 4.0 / 19, 1e-12);
  EXPECT_NEAR(ErlangB(1000, 1000), 0.024812, 5e-7);
}

TEST(ErlangTest, WaitingAgreesWithThePublishedExample) {
  const ErlangC c = SolveErlangC({200, 180, 14}, 20);
  EXPECT_NEAR(c.delayed, 0.1741, 5e-5);
  EXPECT_NEAR(c.in_time, 0.8884, 5e-5);
  EXPECT_NEAR(c.occupancy, 0.7143, 5e-5);
  EXPECT_NEAR(c.wait_s, 7.84, 5e-3);
  EXPECT_NEAR(c.wait_p90_s, 25.0, 5e-2);
}

TEST(ErlangTest, WaitingForOneAgentIsTheLoad) {
  const ErlangC c = SolveErlangC({12, 240, 1}, 20);
  EXPECT_NEAR(c.delayed, 0.8, 1e-12);
  EXPECT_NEAR(c.wait_s, 960, 1e-9);
}

TEST(ErlangTest, ImpatienceAgreesWithThePublishedExample) {
  const ErlangA a = SolveErlangA({2880, 60, 50}, 120, 20);
  EXPECT_NEAR(a.abandoned, 0.031, 5e-4);
  EXPECT_NEAR(a.wait_s, 3.7, 5e-2);
  EXPECT_NEAR(a.occupancy, 0.93, 5e-3);
  EXPECT_NEAR(a.served_in_time, 0.9430, 5e-5);
  EXPECT_NEAR(a.ended_in_time, 0.9729, 5e-5);
}

// With patience as long as handling, the number in the system is a Poisson variable.
TEST(ErlangTest, ImpatienceOfTheHandleTimeIsPoisson) {
  const ErlangA a = SolveErlangA({200, 180, 10}, 180, 20);
  double below = 0;
  double term = std::exp(-10.0);
  for (int j = 0; j < 10; ++j) {
    below += term;
    term *= 10.0 / (j + 1);
  }
  EXPECT_NEAR(a.delayed, 1 - below, 1e-9);
}

TEST(ErlangTest, ALineWithoutRoomIsLoss) {
  EXPECT_NEAR(SolveFiniteQueue({180, 100, 10}, 0).lost, ErlangB(5, 10), 1e-12);
}

TEST(ErlangTest, ALineWithMuchRoomIsWaiting) {
  const FiniteQueue queue = SolveFiniteQueue({200, 180, 14}, 1000);
  EXPECT_NEAR(queue.wait_s, SolveErlangC({200, 180, 14}, 20).wait_s, 1e-6);
}

}  // namespace
}  // namespace usher::theory
