// SPDX-License-Identifier: Apache-2.0
#include "base/io/clock.h"

#include <gtest/gtest.h>

namespace usher::io {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds kStart = 1'700'000'000s;

Instant After(std::chrono::nanoseconds since_start) {
  return Instant{std::chrono::floor<Duration>(kStart + since_start)};
}

TEST(WallClockTest, GivesTheTimeInMillisecondsAndNeverGoesBack) {
  WallClock clock;
  const Instant first = clock.Now();
  EXPECT_GT(ToUnixMs(first), 1'600'000'000'000);
  EXPECT_GE(clock.Now(), first);
}

TEST(WallClockTest, GoesWithAWallClockThatNobodySets) {
  WallClock clock;
  EXPECT_EQ(clock.At({kStart, 5s}), After(0s));
  EXPECT_EQ(clock.At({kStart + 1ms, 5s + 1ms}), After(1ms));
  EXPECT_EQ(clock.At({kStart + 40s, 45s}), After(40s));
  EXPECT_EQ(clock.Ahead(), 0ms);
}

TEST(WallClockTest, DoesNotJumpWithAStepAheadButGoesToMeetIt) {
  WallClock clock;
  clock.At({kStart, 0s});
  EXPECT_EQ(clock.At({kStart + 1h, 0s}), After(0s));
  EXPECT_EQ(clock.Ahead(), 1h);
  EXPECT_EQ(clock.At({kStart + 1h + 20s, 20s}), After(20s + 200ms));
  EXPECT_EQ(clock.At({kStart + 101h, 100h}), After(101h));
  EXPECT_EQ(clock.Ahead(), 0ms);
}

TEST(WallClockTest, PassesOnWhenTheWallClockIsSetBack) {
  WallClock clock;
  clock.At({kStart, 0s});
  EXPECT_EQ(clock.At({kStart - 2h, 0s}), After(0s));
  EXPECT_EQ(clock.At({kStart - 2h + 20s, 20s}), After(20s - 200ms));
  EXPECT_LT(clock.Ahead(), -7'000s);
}

TEST(WallClockTest, CorrectsSmallStepsExactlyHoweverOftenItIsRead) {
  WallClock clock;
  clock.At({kStart, 0s});
  for (auto passed = 1ms; passed <= 60s; passed += 1ms) {
    clock.At({kStart + 500ms + passed, passed});
  }
  EXPECT_EQ(clock.At({kStart + 60s + 500ms, 60s}), After(60s + 500ms));
}

TEST(WallClockTest, GoesOnFromAnInstantAheadOfItsOwn) {
  WallClock clock;
  clock.At({kStart, 0s});
  clock.NotBefore(After(1h));
  EXPECT_EQ(clock.At({kStart, 0s}), After(1h));
  EXPECT_EQ(clock.At({kStart + 10s, 10s}), After(1h + 10s - 100ms));
  clock.NotBefore(After(0s));
  EXPECT_EQ(clock.At({kStart + 10s, 10s}), After(1h + 10s - 100ms));

  // Nobody read it while another led; that time passed all the same, and only once.
  WallClock rested;
  rested.At({kStart, 0s});
  rested.NotBefore(After(30s));
  EXPECT_EQ(rested.At({kStart + 40s, 40s}), After(40s));

  WallClock unread;
  unread.NotBefore(After(1h));
  EXPECT_EQ(unread.At({kStart, 0s}), After(1h));
}

}  // namespace
}  // namespace usher::io
