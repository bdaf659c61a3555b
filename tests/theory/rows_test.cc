// SPDX-License-Identifier: Apache-2.0
// Every row of theory, by the method that its noise asks for: 20 seeds, a warm-up that forgets the
// empty start, and the mean within 3.5 standard errors plus one percent. USHER_THEORY_ARRIVALS=N
// counts more arrivals and takes the heavy rows in as well.
#include "tests/theory/rows.h"

#include <cmath>
#include <cstdlib>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/theory/measure.h"

namespace usher::theory {

// The name of a case.
void PrintTo(const TheoryRow& row, std::ostream* out) { *out << row.id; }

namespace {

constexpr int kSeeds = 20;
#ifdef NDEBUG
constexpr double kArrivals = 10'000;
constexpr double kArrivalsWithPatience = 20'000;  // the sharpest rows: the gate
constexpr double kArrivalsMax = 60'000;           // with the warm-up
#else
constexpr double kArrivals = 1'000;  // the tolerance grows with the noise
constexpr double kArrivalsWithPatience = 2'000;
constexpr double kArrivalsMax = 6'000;  // slower by far; queues that forget slowly are left out
#endif

std::optional<double> ArrivalsByHand() {
  const char* text = std::getenv("USHER_THEORY_ARRIVALS");
  if (text == nullptr) return std::nullopt;
  return std::strtod(text, nullptr);
}

class TheoryRowTest : public testing::TestWithParam<TheoryRow> {};

TEST_P(TheoryRowTest, TheSimulatorAgrees) {
  const TheoryRow& row = GetParam();
  const auto by_hand = ArrivalsByHand();
  const double arrivals =
      by_hand.value_or(row.model == TheoryRow::Model::kErlangA ? kArrivalsWithPatience : kArrivals);
  const CallCentre centre = CallCentreOf(row, arrivals);
  if (!by_hand && (row.heavy || centre.traffic.ExpectedArrivals() > kArrivalsMax)) {
    GTEST_SKIP() << "set USHER_THEORY_ARRIVALS to run it";
  }
  const auto runs = Measure(centre, kSeeds);
  for (const Expectation& expected : ExpectationsOf(row)) {
    const Measured measured = MeasuredOf(runs, expected.figure);
    EXPECT_LE(std::fabs(measured.mean - expected.value), measured.Tolerance(expected.value))
        << expected.figure << ": theory " << expected.value << ", simulated " << measured.mean
        << ", standard deviation of a run " << measured.deviation;
  }
}

INSTANTIATE_TEST_SUITE_P(Erlang, TheoryRowTest, testing::ValuesIn(TheoryRows()),
                         [](const auto& row) { return row.param.id; });

}  // namespace
}  // namespace usher::theory
