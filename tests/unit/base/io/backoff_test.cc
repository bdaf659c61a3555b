// SPDX-License-Identifier: Apache-2.0
#include "base/io/backoff.h"

#include <set>

#include <gtest/gtest.h>

namespace usher::io {
namespace {

TEST(BackoffTest, DoublesItsBoundAndWaitsInTheUpperHalf) {
  Backoff backoff({Duration{100}, Duration{1'500}}, 7);
  for (const std::int64_t bound : {100, 200, 400, 800, 1'500, 1'500, 1'500}) {
    const auto wait = backoff.Next().count();
    EXPECT_GE(wait, bound / 2);
    EXPECT_LE(wait, bound);
  }
}

TEST(BackoffTest, StartsOverAfterAReset) {
  Backoff backoff({Duration{100}, Duration{5'000}}, 7);
  for (int i = 0; i < 20; ++i) backoff.Next();
  backoff.Reset();
  EXPECT_LE(backoff.Next(), Duration{100});
}

TEST(BackoffTest, OneSeedGivesOneSequenceAndSeedsSpread) {
  Backoff a({}, 3), b({}, 3);
  std::set<std::int64_t> waits;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(a.Next(), b.Next());
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    waits.insert(Backoff({Duration{1'000'000}, Duration{1'000'000}}, seed).Next().count());
  EXPECT_GT(waits.size(), 95u);
}

TEST(BackoffTest, NeverOverflows) {
  Backoff backoff({Duration{1}, Duration::max() / 2}, 1);
  for (int i = 0; i < 200; ++i) EXPECT_GE(backoff.Next(), Duration{0});
}

TEST(BackoffDeathTest, RefusesLimitsThatMakeNoSense) {
  EXPECT_DEATH(Backoff({Duration{0}, Duration{5}}, 1), "backoff limits");
  EXPECT_DEATH(Backoff({Duration{6}, Duration{5}}, 1), "backoff limits");
}

}  // namespace
}  // namespace usher::io
