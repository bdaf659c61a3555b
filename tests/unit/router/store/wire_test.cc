// SPDX-License-Identifier: Apache-2.0
#include "router/store/wire.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace usher::store {
namespace {

TEST(WireTest, ZigZagTurnsEverySignedNumberAroundAndBack) {
  EXPECT_EQ(ZigZag(0), 0u);
  EXPECT_EQ(ZigZag(-1), 1u);
  EXPECT_EQ(ZigZag(1), 2u);
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-77}, std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(UnZigZag(ZigZag(value)), value);
  }
}

TEST(WireTest, VarintsComeBackAtEveryLength) {
  for (unsigned shift = 0; shift < 64; ++shift) {
    const std::uint64_t value = std::uint64_t{1} << shift;
    std::string bytes;
    AppendVarint(value, bytes);
    WireReader reader(bytes);
    std::uint64_t read = 0;
    ASSERT_TRUE(reader.ReadVarint(read));
    EXPECT_EQ(read, value);
    EXPECT_TRUE(reader.AtEnd());
  }
}

TEST(WireTest, RefusesAVarintOfMoreThan64Bits) {
  std::uint64_t read = 0;
  EXPECT_FALSE(WireReader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02").ReadVarint(read));
  EXPECT_FALSE(WireReader("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01").ReadVarint(read));
  EXPECT_TRUE(WireReader("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").ReadVarint(read));
}

TEST(WireTest, ANestedLengthIsRightOnBothSidesOf128) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{127}, std::size_t{128}, std::size_t{16'384}}) {
    std::string bytes = "before";
    const std::size_t start = OpenNested(bytes);
    bytes.append(size, 'x');
    CloseNested(start, bytes);
    WireReader reader(std::string_view(bytes).substr(6));
    std::uint64_t length = 0;
    ASSERT_TRUE(reader.ReadVarint(length));
    EXPECT_EQ(length, size);
    EXPECT_EQ(bytes.size(), 6 + reader.position() + size);
  }
}

TEST(WireTest, SkipsEveryTypeButGroups) {
  std::string bytes;
  AppendVarintField(1, 300, bytes);
  AppendBytesField(2, "text", bytes);
  AppendTag(3, WireType::kFixed32, bytes);
  bytes += "1234";
  AppendTag(4, WireType::kFixed64, bytes);
  bytes += "12345678";
  WireReader reader(bytes);
  for (const std::uint32_t tag : {1u, 2u, 3u, 4u}) {
    EXPECT_EQ(reader.PeekTag(), tag);
    EXPECT_TRUE(reader.Skip());
  }
  EXPECT_TRUE(reader.AtEnd());
  WireReader group("\x0b\x0c");
  EXPECT_EQ(group.PeekTag(), 1u);
  EXPECT_FALSE(group.Skip());
}

TEST(WireTest, RefusesALengthBeyondTheEnd) {
  std::string_view text;
  WireReader reader(
      "\x0a\x05"
      "four");
  EXPECT_FALSE(reader.TakeBytes(text));
}

}  // namespace
}  // namespace usher::store
