// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/random_domain.h"
#include "tests/simulation/run.h"
#include "tests/simulation/workload.h"

namespace usher::engine::simulation {
namespace {

using ::testing::IsEmpty;

// A run of CI: so many seeds in so many shares, each a case of its own for ctest. Hours by hand:
// usher_fault_simulation.
constexpr std::uint64_t kShares = 6;
constexpr std::uint64_t kSeedsOfShare = 150;
constexpr std::size_t kActions = 250;

std::string InFolder(const std::string& file) {
  return std::string(USHER_SIMULATION_FOLDER) + "/" + file;
}

std::string WhatFailed(std::uint64_t seed, const RunResult& result) {
  return result.ok() ? "" : Report(seed, result, Shorten(seed, result));
}

class FaultSimulationTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(FaultSimulationTest, HoldsEveryInvariantAndMeetsWhatItIsFor) {
  Coverage coverage;
  for (std::uint64_t i = 0; i < kSeedsOfShare; ++i) {
    const std::uint64_t seed = 1 + i * kShares + GetParam();
    const RunResult result = RunSeed(seed, kActions);
    ASSERT_TRUE(result.ok()) << WhatFailed(seed, result);
    coverage.Add(result.coverage);
  }
  EXPECT_THAT(coverage.Missing(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Shares, FaultSimulationTest, ::testing::Range<std::uint64_t>(0, kShares));

TEST(SecondSeriesTest, HoldsEveryInvariantAndMeetsWhatItIsFor) {
  Coverage coverage;
  for (std::uint64_t seed = kSecondSeries; seed < kSecondSeries + kSeedsOfShare; ++seed) {
    const RunResult result = RunSeed(seed, kActions);
    ASSERT_TRUE(result.ok()) << WhatFailed(seed, result);
    coverage.Add(result.coverage);
  }
  EXPECT_THAT(coverage.MissingOfSecondSeries(), IsEmpty());
}

TEST(RegressionSeedsTest, StayMended) {
  for (const SeedLine& line : ReadSeeds(InFolder("regressions.txt"))) {
    const RunResult result = RunSeed(line.seed, line.actions);
    EXPECT_TRUE(result.ok()) << WhatFailed(line.seed, result);
  }
}

// The same on every compiler and machine. A change of the rules or of an event changes them, and is
// then meant: usher_fault_simulation --golden tests/simulation/golden.txt prints the file anew.
TEST(GoldenSeedsTest, MakeTheSameEventsOnEveryCompiler) {
  for (const SeedLine& line : ReadSeeds(InFolder("golden.txt"))) {
    const RunResult result = RunSeed(line.seed, line.actions);
    ASSERT_TRUE(result.ok()) << WhatFailed(line.seed, result);
    EXPECT_EQ(Hex(result.digest), line.digest) << "seed " << line.seed;
    EXPECT_EQ(RunActions(line.seed, result.actions, true).digest, result.digest)
        << "seed " << line.seed << " taken again from its actions";
  }
}

TEST(IsolationTest, WorldsThatRunInTurnsDoNotTouchEachOther) {
  const std::size_t actions = 150;
  std::vector<RunResult> alone;
  for (std::uint64_t seed = 901; seed <= 903; ++seed) alone.push_back(RunSeed(seed, actions));
  std::deque<Simulation> together;
  for (std::uint64_t seed = 901; seed <= 903; ++seed) {
    together.emplace_back(Workload(seed).first_domain());
  }
  for (std::size_t i = 0; i < actions; ++i) {
    for (std::size_t world = 0; world < together.size(); ++world) {
      if (i < alone[world].actions.size()) together[world].Do(alone[world].actions[i]);
    }
  }
  for (std::size_t world = 0; world < together.size(); ++world) {
    together[world].Settle();
    EXPECT_EQ(together[world].digest(), alone[world].digest) << "world " << world;
  }
}

// The checkers themselves: a history that is broken on purpose is found out.
TEST(FindingsTest, AnEventOutOfPlaceIsReported) {
  Findings findings;
  Coverage coverage;
  Ledger ledger(findings, coverage);
  const Instant at = kWorldStart;
  ledger.Record({at, DomainApplied{1, Workload(1).first_domain()}}, false);
  EXPECT_THAT(findings.all(), IsEmpty());
  const QueueId queue = ledger.domain().queues.front().id;
  ledger.Record({at, Submitted{.contact = ContactId{1}, .queue = queue}}, false);
  EXPECT_THAT(findings.all(), IsEmpty());
  ledger.Record({at, Closed{.contact = ContactId{1}, .outcome = ContactOutcome::kCompleted}},
                false);
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings.all().front().invariant, "3");
}

}  // namespace
}  // namespace usher::engine::simulation
