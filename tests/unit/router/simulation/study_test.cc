// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/study.h"

#include <cmath>

#include <gtest/gtest.h>

namespace usher::simulation {
namespace {

TEST(EstimateTest, QuantilesAreThoseOfTheTables) {
  EXPECT_NEAR(StudentQuantile(1), 12.706, 1e-3);
  EXPECT_NEAR(StudentQuantile(9), 2.2622, 1e-4);
  EXPECT_NEAR(StudentQuantile(10), 2.2281, 5e-4);
  EXPECT_NEAR(StudentQuantile(19), 2.0930, 1e-4);
  EXPECT_NEAR(StudentQuantile(1000), 1.9623, 1e-4);
}

TEST(EstimateTest, HalfWidthIsTOfTheStandardError) {
  const Estimate estimate = EstimateOf({1, 2, 3});
  EXPECT_DOUBLE_EQ(estimate.mean, 2);
  EXPECT_NEAR(estimate.half_width, 4.3027 / std::sqrt(3.0), 1e-4);
}

TEST(EstimateTest, RunsWithoutTheFigureAreLeftOut) {
  const Estimate estimate = EstimateOf({1, std::nan(""), 3});
  EXPECT_EQ(estimate.runs, 2);
  EXPECT_DOUBLE_EQ(estimate.mean, 2);
  EXPECT_TRUE(std::isnan(EstimateOf({std::nan("")}).mean));
}

TEST(EstimateTest, SignificantIsWhatDoesNotHoldZero) {
  EXPECT_TRUE(EstimateOf({1.0, 1.1, 0.9}).IsSignificant());
  EXPECT_FALSE(EstimateOf({1.0, -1.1, 0.9}).IsSignificant());
  EXPECT_FALSE(EstimateOf({0, 0, 0}).IsSignificant());
  EXPECT_FALSE(EstimateOf({1}).IsSignificant());
}

TEST(WaitPercentileTest, TakesTheNearestRankWithThoseWhoDidNotWait) {
  std::vector<std::int64_t> waits{4000, 1000, 3000, 2000};
  EXPECT_EQ(WaitPercentile(waits, 8, 50), 0);
  EXPECT_EQ(WaitPercentile(waits, 8, 51), 1);
  EXPECT_EQ(WaitPercentile(waits, 8, 100), 4);
  std::vector<std::int64_t> none;
  EXPECT_TRUE(std::isnan(WaitPercentile(none, 0, 50)));
}

}  // namespace
}  // namespace usher::simulation
