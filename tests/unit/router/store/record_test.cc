// SPDX-License-Identifier: Apache-2.0
#include "router/store/record.h"

#include <string>

#include <gtest/gtest.h>

#include "router/engine/rows.h"
#include "tests/unit/router/store/any_value.h"

namespace usher::store {
namespace {

engine::AgentRow Ann() {
  engine::AgentRow row;
  AnyValue(11).Fill(row);
  row.id = AgentId{"ann"};
  return row;
}

TEST(RecordTest, ComesBackUnderItsKind) {
  const std::string bytes = ToRecord(RecordKind::kAgent, Ann());
  const Result<engine::AgentRow> read = FromRecord<engine::AgentRow>(RecordKind::kAgent, bytes);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, Ann());
}

TEST(RecordTest, EveryFlippedBitIsSeen) {
  const std::string good = ToRecord(RecordKind::kAgent, Ann());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const Result<engine::AgentRow> read = FromRecord<engine::AgentRow>(RecordKind::kAgent, bad);
    ASSERT_FALSE(read.ok()) << "bit " << bit;
    EXPECT_EQ(read.error().reason, "RECORD_DAMAGED");
    EXPECT_EQ(read.error().code, Code::kDataLoss);
  }
}

TEST(RecordTest, ARecordUnderAnotherKindIsDamage) {
  const std::string bytes = ToRecord(RecordKind::kAgent, Ann());
  EXPECT_EQ(FromRecord<engine::ContactRow>(RecordKind::kContact, bytes).error().reason,
            "RECORD_DAMAGED");
}

TEST(RecordTest, NothingAndAlmostNothingAreDamage) {
  EXPECT_FALSE(RecordContent(RecordKind::kAgent, "").ok());
  EXPECT_FALSE(RecordContent(RecordKind::kAgent, std::string_view("\x01\x06\0\0\0", 5)).ok());
}

TEST(RecordTest, ALaterFormatIsNamedAsThat) {
  std::string bytes;
  const std::size_t start = OpenRecord(RecordKind::kAgent, bytes);
  bytes[start] = static_cast<char>(kRecordVersion + 1);
  CloseRecord(start, bytes);
  EXPECT_EQ(RecordContent(RecordKind::kAgent, bytes).error().reason, "RECORD_TOO_NEW");
}

}  // namespace
}  // namespace usher::store
