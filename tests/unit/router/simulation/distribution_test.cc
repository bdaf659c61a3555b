// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/distribution.h"

#include <cmath>

#include <gtest/gtest.h>

#include "router/simulation/arithmetic.h"

namespace usher::simulation {
namespace {

using std::chrono::seconds;

struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments MomentsOf(const Distribution& distribution) {
  constexpr int kSamples = 100'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kSamples; ++i) {
    RandomStream random(Under(1, static_cast<std::uint64_t>(i)), Purpose::kHandle);
    const auto ms = static_cast<double>(distribution.Sample(random).count());
    sum += ms;
    squares += ms * ms;
  }
  const double mean = sum / kSamples;
  return {mean, std::sqrt(squares / kSamples - mean * mean)};
}

TEST(ArithmeticTest, AgreesWithTheMathematicsLibrary) {
  for (double x = 1e-9; x < 1e12; x *= 1.37) {
    EXPECT_NEAR(Logarithm(x), std::log(x), 1e-14 * (1 + std::fabs(std::log(x)))) << x;
  }
  for (double x = -50; x < 50; x += 0.37) {
    EXPECT_NEAR(Exponential(x) / std::exp(x), 1, 1e-14) << x;
  }
}

TEST(DistributionTest, FixedIsAlwaysTheSame) {
  RandomStream random(1, Purpose::kHandle);
  EXPECT_EQ(Distribution::Fixed(seconds{30}).Sample(random), seconds{30});
}

TEST(DistributionTest, NeverIsLongerThanAnySimulation) {
  RandomStream random(1, Purpose::kHandle);
  EXPECT_EQ(Distribution::Never().Sample(random), Distribution::kSpanMax);
}

TEST(DistributionTest, ExponentialHasItsMeanAsDeviation) {
  const Moments moments = MomentsOf(Distribution::Exponential(seconds{180}));
  EXPECT_NEAR(moments.mean, 180'000, 2'000);
  EXPECT_NEAR(moments.deviation, 180'000, 3'000);
}

TEST(DistributionTest, LognormalHasTheMeanAndDeviationThatWereAsked) {
  const Moments moments = MomentsOf(Distribution::Lognormal(seconds{240}, seconds{180}));
  EXPECT_NEAR(moments.mean, 240'000, 3'000);
  EXPECT_NEAR(moments.deviation, 180'000, 6'000);
}

TEST(DistributionTest, UniformStaysWithinItsEnds) {
  const Moments moments = MomentsOf(Distribution::Uniform(seconds{2}, seconds{8}));
  EXPECT_NEAR(moments.mean, 5'000, 20);
  EXPECT_NEAR(moments.deviation, 6'000 / std::sqrt(12.0), 20);
}

TEST(DistributionTest, ErlangVariesLessWithMoreParts) {
  const Moments moments = MomentsOf(Distribution::Erlang(4, seconds{100}));
  EXPECT_NEAR(moments.mean, 100'000, 1'000);
  EXPECT_NEAR(moments.deviation, 50'000, 1'000);
}

TEST(RandomStreamTest, KeysAndPurposesDrawApart) {
  RandomStream one(1, Purpose::kHandle);
  RandomStream same(1, Purpose::kHandle);
  RandomStream other(2, Purpose::kHandle);
  RandomStream purpose(1, Purpose::kPatience);
  const double draw = one.Fraction();
  EXPECT_EQ(draw, same.Fraction());
  EXPECT_NE(draw, other.Fraction());
  EXPECT_NE(draw, purpose.Fraction());
}

}  // namespace
}  // namespace usher::simulation
