// SPDX-License-Identifier: Apache-2.0
#include "router/store/memory_gate.h"

#include <gtest/gtest.h>

namespace usher::store {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;

// A limit of 1,600 MiB has a reserve of 100.
ServerVitals Used(std::uint64_t mebibytes) {
  return {.used_memory = mebibytes * kMiB, .maxmemory = 1'600 * kMiB};
}

TEST(MemoryGateTest, TheReserveIsAShareWithinBounds) {
  const MemoryReserve reserve;
  EXPECT_EQ(ReserveOf(1'600 * kMiB, reserve), 100 * kMiB);
  EXPECT_EQ(ReserveOf(64 * kMiB, reserve), 8 * kMiB);
  EXPECT_EQ(ReserveOf(64'000 * kMiB, reserve), 1'024 * kMiB);
  EXPECT_EQ(ReserveOf(16 * kMiB, reserve), 4 * kMiB);
}

TEST(MemoryGateTest, ClosesAtTheReserveAndOpensAQuarterLater) {
  MemoryGate gate{MemoryReserve{}};
  EXPECT_FALSE(gate.Observe(Used(1'500), 0));
  EXPECT_TRUE(gate.HasRoom(0));
  EXPECT_TRUE(gate.Observe(Used(1'501), 0));
  EXPECT_FALSE(gate.HasRoom(0));
  EXPECT_FALSE(gate.Observe(Used(1'476), 0));
  EXPECT_FALSE(gate.HasRoom(0));
  EXPECT_TRUE(gate.Observe(Used(1'475), 0));
  EXPECT_TRUE(gate.HasRoom(0));
}

TEST(MemoryGateTest, CountsWhatIsGivenBetweenTwoLooks) {
  MemoryGate gate{MemoryReserve{}};
  gate.Observe(Used(1'400), 0);
  gate.Observe(Used(1'400), 0);
  EXPECT_TRUE(gate.HasRoom(25 * kMiB));
  EXPECT_FALSE(gate.HasRoom(25 * kMiB + 1));
  EXPECT_TRUE(gate.closed());
  // It stays closed until a look finds that much was not needed.
  EXPECT_FALSE(gate.HasRoom(0));
  gate.Observe(Used(1'410), 25 * kMiB);
  EXPECT_FALSE(gate.HasRoom(25 * kMiB));
  gate.Observe(Used(1'410), 25 * kMiB);
  EXPECT_TRUE(gate.HasRoom(25 * kMiB));
}

TEST(MemoryGateTest, WhatTheLastLookMayHaveMissedIsCountedStill) {
  MemoryGate gate{MemoryReserve{}};
  gate.Observe(Used(1'400), 0);
  gate.Observe(Used(1'400), 20 * kMiB);  // its rows may not be written yet
  EXPECT_FALSE(gate.HasRoom(26 * kMiB));
}

TEST(MemoryGateTest, AServerThatSaysNothingOfItsMemoryIsNeverFull) {
  MemoryGate gate{MemoryReserve{}};
  EXPECT_TRUE(gate.HasRoom(1'000 * kMiB));
  gate.Observe({.used_memory = 5'000 * kMiB}, 0);
  EXPECT_TRUE(gate.HasRoom(1'000 * kMiB));
  EXPECT_TRUE(gate.HasRoomFor(1'000 * kMiB));
}

TEST(MemoryGateTest, WhatCanWaitLeavesTheReserveAlone) {
  MemoryGate gate{MemoryReserve{}};
  gate.Observe(Used(1'400), 0);
  EXPECT_TRUE(gate.HasRoomFor(100 * kMiB));
  EXPECT_FALSE(gate.HasRoomFor(100 * kMiB + 1));
}

TEST(MemoryGateTest, MemoryThatWasRaisedOpensIt) {
  MemoryGate gate{MemoryReserve{}};
  gate.Observe(Used(1'600), 0);
  EXPECT_FALSE(gate.HasRoom(0));
  EXPECT_TRUE(gate.Observe({.used_memory = 1'600 * kMiB, .maxmemory = 3'200 * kMiB}, 0));
  EXPECT_TRUE(gate.HasRoom(0));
}

}  // namespace
}  // namespace usher::store
