// SPDX-License-Identifier: Apache-2.0
#include "router/store/redis_slot.h"

#include <gtest/gtest.h>

namespace usher::store {
namespace {

// The check value of CRC16/XMODEM, and keys whose slots every client of Redis Cluster knows.
TEST(RedisSlotTest, IsTheOneThatRedisComputes) {
  EXPECT_EQ(SlotOfKey("123456789"), 0x31c3);
  EXPECT_EQ(SlotOfKey("foo"), 12'182);
  EXPECT_EQ(SlotOfKey("bar"), 5'061);
  EXPECT_EQ(SlotOfKey(""), 0);
}

TEST(RedisSlotTest, HangsOnTheTagAlone) {
  EXPECT_EQ(SlotOfKey("usher:{acme}:log"), SlotOfKey("usher:{acme}:lease"));
  EXPECT_EQ(SlotOfKey("usher:{acme}:log"), SlotOfKey("acme"));
  EXPECT_NE(SlotOfKey("usher:{acme}:log"), SlotOfKey("usher:{acme/cu_1}:log"));
  EXPECT_EQ(SlotOfKey("{foo}{bar}"), SlotOfKey("foo"));
}

TEST(RedisSlotTest, TakesTheWholeKeyWhereTheTagIsEmptyOrOpen) {
  EXPECT_NE(SlotOfKey("a{}b"), SlotOfKey("a{}c"));
  EXPECT_NE(SlotOfKey("a{b"), SlotOfKey("b"));
  EXPECT_NE(SlotOfKey("a}b{c"), SlotOfKey("c"));
}

}  // namespace
}  // namespace usher::store
