// SPDX-License-Identifier: Apache-2.0
#include "router/engine/wait_estimate.h"

#include <initializer_list>
#include <vector>

#include <gtest/gtest.h>

namespace usher::engine {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::vector<Instant> At(std::initializer_list<int> times) {
  std::vector<Instant> instants;
  for (const int time : times) instants.push_back(Instant{} + seconds{time});
  return instants;
}

Instant After(int time) { return Instant{} + seconds{time}; }

TEST(WaitEstimateTest, ThereIsNoneBeforeThreeAccepts) {
  EXPECT_EQ(EstimateWait(At({}), After(9), 1), std::nullopt);
  EXPECT_EQ(EstimateWait(At({0, 5}), After(9), 1), std::nullopt);
  EXPECT_TRUE(EstimateWait(At({0, 5, 9}), After(9), 1).has_value());
  EXPECT_EQ(EstimateWait(At({0, 5, 9}), After(9), 0), std::nullopt);
}

TEST(WaitEstimateTest, IsTheFormulaOfItsHeader) {
  // Spans 20 s and 100 s: mean 60 s, deviation 56.568 s; n = 4, k = 2: sqrt(4 * 3) = 3.464.
  const auto wait = EstimateWait(At({0, 20, 120}), After(120), 4);
  ASSERT_TRUE(wait.has_value());
  EXPECT_EQ(wait->expected, seconds{240});
  EXPECT_NEAR(static_cast<double>(wait->high.count()), 240'000 + 1.2816 * 56'568.5 * 3.4641, 100.0);
  EXPECT_EQ(wait->low, Duration{0});
}

TEST(WaitEstimateTest, ASteadyPaceLeavesNoDoubt) {
  const auto wait = EstimateWait(At({0, 10, 20, 30}), After(35), 3);
  EXPECT_EQ(wait, (WaitEstimate{seconds{30}, seconds{30}, seconds{30}}));
}

TEST(WaitEstimateTest, GrowsWhileTheQueueStalls) {
  Duration before{0};
  for (const int now : {30, 60, 120, 600, 3600}) {
    const auto wait = EstimateWait(At({0, 10, 20}), After(now), 1);
    ASSERT_TRUE(wait.has_value());
    EXPECT_GE(wait->expected, before) << now;
    before = wait->expected;
  }
  EXPECT_GT(before, seconds{600});
}

TEST(WaitEstimateTest, StaysInBoundsWhateverItIsGiven) {
  std::vector<Instant> accepts;
  for (int i = 0; i < 16; ++i)
    accepts.push_back(Instant{} + hours{24 * 365} * (i % 2 == 0 ? i : 0));
  const auto wait = EstimateWait(accepts, Instant{} + hours{24 * 365 * 100}, SIZE_MAX);
  ASSERT_TRUE(wait.has_value());
  EXPECT_GE(wait->low, Duration{0});
  EXPECT_GE(wait->expected, wait->low);
  EXPECT_GE(wait->high, wait->expected);
}

}  // namespace
}  // namespace usher::engine
