// SPDX-License-Identifier: Apache-2.0
#include "router/store/codec.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "router/engine/event.h"
#include "router/engine/rows.h"
#include "router/store/row_records.h"
#include "tests/unit/router/store/any_value.h"

namespace usher::store {
namespace {

template <class T>
std::string Encode(const T& value) {
  std::string bytes;
  AppendContent(value, bytes);
  return bytes;
}

struct Point {
  std::int32_t x = 0;
  std::string name;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "x", self.x);
    v(2, "name", self.name);
  }
};

TEST(CodecTest, IsTheWireFormatOfProtobuf) {
  // message Point { sint32 x = 1; string name = 2; }, x: -1, name: "ab", as protoc writes it.
  EXPECT_EQ(Encode(Point{-1, "ab"}), std::string("\x08\x01\x12\x02"
                                                 "ab",
                                                 6));
}

struct LimitOfZero {
  std::int32_t limit = 0;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "limit", self.limit);
  }
};

struct LimitOfSeven {
  std::int32_t limit = 7;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "limit", self.limit);
  }
};

TEST(CodecTest, WritesZerosSoThatALaterDefaultChangesNothingStored) {
  LimitOfSeven read;
  EXPECT_EQ(ReadContent(Encode(LimitOfZero{}), read), DecodeFault::kNone);
  EXPECT_EQ(read.limit, 0);
}

struct LaterPoint {
  std::int32_t x = 0;
  std::vector<std::uint32_t> weights;
  std::string name;
  std::map<std::string, std::vector<std::string>> labels;
  std::optional<bool> shown;
  std::set<std::string> groups;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "x", self.x);
    v(3, "weights", self.weights);
    v(2, "name", self.name);
    v(4, "labels", self.labels);
    v(5, "shown", self.shown);
    v(6, "groups", self.groups);
  }
};

TEST(CodecTest, AnOlderReaderSkipsTagsThatItDoesNotKnow) {
  const LaterPoint later{4, {1, 300, 0}, "n", {{"a", {"b", "c"}}, {"d", {}}}, true, {"g"}};
  Point read;
  EXPECT_EQ(ReadContent(Encode(later), read), DecodeFault::kNone);
  EXPECT_EQ(read.x, 4);
  EXPECT_EQ(read.name, "n");
}

TEST(CodecTest, ALaterReaderKeepsDefaultsOfWhatWasNotWritten) {
  LaterPoint read;
  read.shown = false;
  EXPECT_EQ(ReadContent(Encode(Point{5, "n"}), read), DecodeFault::kNone);
  EXPECT_EQ(read.x, 5);
  EXPECT_EQ(read.shown, std::optional(false));
  EXPECT_TRUE(read.weights.empty());
}

TEST(CodecTest, ReadsListsMapsAndSetsBack) {
  const LaterPoint later{4, {1, 300, 0}, "n", {{"a", {"b", "c"}}, {"d", {}}}, true, {"g", "h"}};
  LaterPoint read;
  ASSERT_EQ(ReadContent(Encode(later), read), DecodeFault::kNone);
  EXPECT_EQ(read.weights, later.weights);
  EXPECT_EQ(read.labels, later.labels);
  EXPECT_EQ(read.groups, later.groups);
}

TEST(CodecTest, RefusesANumberThatDoesNotFit) {
  std::string bytes;
  AppendVarintField(1, ZigZag(std::int64_t{1} << 31), bytes);
  Point read;
  EXPECT_EQ(ReadContent(bytes, read), DecodeFault::kDamaged);
}

TEST(CodecTest, RefusesAnUnknownAlternativeAsTooNew) {
  std::string body;
  AppendBytesField(9'999, "x", body);
  std::string bytes;
  AppendVarintField(1, ZigZag(5), bytes);
  AppendBytesField(2, body, bytes);
  engine::Event event;
  EXPECT_EQ(ReadContent(bytes, event), DecodeFault::kTooNew);
}

TEST(CodecTest, RefusesAnEventWithoutItsInstantOrItsBody) {
  std::string only_at;
  AppendVarintField(1, ZigZag(5), only_at);
  engine::Event event;
  EXPECT_EQ(ReadContent(only_at, event), DecodeFault::kDamaged);
  const std::string whole = Encode(engine::Event{Instant{}, engine::SignedIn{AgentId{"ann"}}});
  EXPECT_EQ(ReadContent(whole, event), DecodeFault::kNone);
  EXPECT_EQ(ReadContent(std::string_view(whole).substr(2), event), DecodeFault::kDamaged);
}

constexpr std::size_t kEventTypes = std::variant_size_v<engine::EventBody>;

TEST(CodecTest, EveryEventTypeComesBackByteForByte) {
  for (std::size_t type = 0; type < kEventTypes; ++type) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      AnyValue any(seed * 100 + type);
      engine::Event event;
      any.Fill(event.at);
      any.FillAlternative(event.body, type);
      const std::string bytes = Encode(event);
      engine::Event read;
      ASSERT_EQ(ReadContent(bytes, read), DecodeFault::kNone)
          << "type " << type << " seed " << seed;
      EXPECT_EQ(read.body.index(), type);
      ASSERT_EQ(Encode(read), bytes) << "type " << type << " seed " << seed;
    }
  }
}

template <class Row>
class RowCodecTest : public testing::Test {};
using Rows =
    testing::Types<engine::ContactRow, engine::AgentRow, engine::QueueRow, engine::DomainRow>;
TYPED_TEST_SUITE(RowCodecTest, Rows);

TYPED_TEST(RowCodecTest, ComesBackEqual) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    TypeParam row;
    AnyValue(seed).Fill(row);
    TypeParam read;
    ASSERT_EQ(ReadContent(Encode(row), read), DecodeFault::kNone) << "seed " << seed;
    ASSERT_EQ(read, row) << "seed " << seed;
  }
}

TEST(CodecTest, TheTwoRecordsOfADomainRowMakeItAgain) {
  engine::DomainRow row;
  for (std::uint64_t seed = 3; row.adapters.empty(); ++seed) AnyValue(seed).Fill(row);
  EXPECT_EQ(ToDomainRow({row.version, row.domain}, CountersOf(row)), row);
}

TEST(CodecTest, NoDamagedInputReadsOutsideItselfOrHangs) {
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    AnyValue any(seed);
    engine::Event event;
    any.Fill(event);
    std::string bytes = Encode(event);
    for (int flips = 0; flips < 3; ++flips) {
      bytes[any.Below(bytes.size())] = static_cast<char>(any.Below(256));
    }
    bytes.resize(any.Below(bytes.size() + 1));
    // A copy of exactly this size, so that a sanitizer sees one byte too many.
    const std::vector<char> exact(bytes.begin(), bytes.end());
    engine::Event read;
    const DecodeFault fault = ReadContent(std::string_view(exact.data(), exact.size()), read);
    if (fault == DecodeFault::kNone) EXPECT_FALSE(Encode(read).empty());
  }
}

TEST(CodecTest, AnyCutOfARecordIsNoticedOrWhole) {
  const std::string bytes =
      Encode(engine::Event{InstantFromUnixMs(1'700'000'000'000), engine::SignedIn{AgentId{"ann"}}});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    engine::Event read;
    EXPECT_EQ(ReadContent(std::string_view(bytes).substr(0, size), read), DecodeFault::kDamaged)
        << size;
  }
}

}  // namespace
}  // namespace usher::store
