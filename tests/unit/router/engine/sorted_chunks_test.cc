// SPDX-License-Identifier: Apache-2.0
#include "router/engine/sorted_chunks.h"

#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace usher::engine {
namespace {

TEST(SortedChunksTest, AgreesWithASetOnOrderRankAndBounds) {
  std::mt19937_64 random(5);
  std::set<int> model;
  SortedChunks<int> chunks;
  for (int i = 0; i < 20'000; ++i) {
    // Grows for the first half, shrinks in the second, over a narrow range so that hits are common.
    const int value = static_cast<int>(random() % 3000);
    const bool insert = random() % 3 != (i < 10'000 ? 0u : 1u) && random() % 2 == 0;
    if (model.contains(value)) {
      if (!insert) {
        model.erase(value);
        chunks.Erase(value);
      }
    } else if (insert) {
      model.insert(value);
      chunks.Insert(value);
    }
    if (i % 50 != 0) continue;
    const int probe = static_cast<int>(random() % 3000);
    const auto lower = model.lower_bound(probe);
    const int* found = chunks.LowerBound(probe);
    ASSERT_EQ(found == nullptr, lower == model.end());
    if (found != nullptr) {
      ASSERT_EQ(*found, *lower);
    }
    const auto upper = model.upper_bound(probe);
    const int* above = chunks.UpperBound(probe);
    ASSERT_EQ(above == nullptr, upper == model.end());
    if (above != nullptr) {
      ASSERT_EQ(*above, *upper);
    }
    ASSERT_EQ(chunks.RankOf(probe), static_cast<std::size_t>(std::distance(model.begin(), lower)));
    ASSERT_EQ(chunks.size(), model.size());
    ASSERT_EQ(chunks.Contains(probe), model.contains(probe));
  }
  std::vector<int> all;
  chunks.ForEach([&](int value) {
    all.push_back(value);
    return true;
  });
  EXPECT_EQ(all, std::vector<int>(model.begin(), model.end()));
}

TEST(SortedChunksTest, TakesWhatArrivesInOrderAndLeavesFromTheFront) {
  SortedChunks<int> chunks;
  for (int i = 0; i < 10'000; ++i) chunks.Insert(i);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(chunks.front(), i);
    ASSERT_EQ(chunks.RankOf(9'999), static_cast<std::size_t>(9'999 - i));
    chunks.Erase(i);
  }
  EXPECT_TRUE(chunks.empty());
}

TEST(SortedChunksDeathTest, RefusesTheSameValueTwice) {
  SortedChunks<int> chunks;
  chunks.Insert(1);
  EXPECT_DEATH(chunks.Insert(1), "inserted twice");
  EXPECT_DEATH(chunks.Erase(2), "erased what is not there");
}

}  // namespace
}  // namespace usher::engine
