// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/arrivals.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace usher::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::vector<Duration> AllOf(const Stream& stream, RandomKey key = 1) {
  Arrivals arrivals(stream, key, Instant{});
  std::vector<Duration> all;
  while (const auto at = arrivals.Next()) all.push_back(*at - Instant{});
  return all;
}

TEST(ArrivalsTest, EvenArrivalsFollowTheRatesExactly) {
  const Stream stream{
      .rates = {{hours{0}, hours{1}, 2}, {hours{1}, hours{2}, 0}, {hours{2}, hours{3}, 3}},
      .evenly = true};
  EXPECT_EQ(AllOf(stream), (std::vector<Duration>{minutes{15}, minutes{45}, minutes{130},
                                                  minutes{150}, minutes{170}}));
}

TEST(ArrivalsTest, RandomArrivalsVaryAsAPoissonProcess) {
  const Stream stream{.rates = {{hours{0}, hours{10}, 100}, {hours{10}, hours{20}, 300}}};
  double sum = 0;
  double squares = 0;
  constexpr int kRuns = 400;
  for (int run = 0; run < kRuns; ++run) {
    const auto all = AllOf(stream, static_cast<RandomKey>(run));
    const auto count = static_cast<double>(all.size());
    sum += count;
    squares += count * count;
  }
  const double mean = sum / kRuns;
  EXPECT_NEAR(mean, 4'000, 13);  // four standard errors
  EXPECT_NEAR(squares / kRuns - mean * mean, 4'000, 1'200);
}

TEST(ArrivalsTest, ArrivalsRiseAndStayWithinTheSpans) {
  const Stream stream{.rates = {{hours{1}, hours{2}, 5000}}};
  Duration last{0};
  for (const Duration at : AllOf(stream)) {
    EXPECT_GE(at, last);
    EXPECT_GE(at, hours{1});
    EXPECT_LT(at, hours{2});
    last = at;
  }
}

}  // namespace
}  // namespace usher::simulation
