// SPDX-License-Identifier: Apache-2.0
#include "router/audit/parked_record.h"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

#include "router/engine/rows.h"
#include "router/store/record.h"

namespace usher::audit {
namespace {

std::string Contact() {
  engine::ContactRow row;
  row.id = ContactId{42};
  row.queue = QueueId{"billing"};
  row.subject = "a bill";
  return store::ToRecord(store::RecordKind::kContact, row);
}

std::string WithFlipped(std::string bytes, std::size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  return bytes;
}

TEST(ParkedRecordTest, AnySingleFlippedBitIsFound) {
  const std::string good = Contact();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    const std::string bad = WithFlipped(good, bit);
    EXPECT_EQ(FindFlippedBit(bad), bit);
    const ParkedRecord record = DescribeParked(bad);
    EXPECT_EQ(record.kind, "contact") << "bit " << bit;
    EXPECT_NE(record.damage.find("byte " + std::to_string(bit / 8)), std::string::npos);
    EXPECT_NE(record.fields.find("\"subject\":\"a bill\""), std::string::npos) << record.fields;
  }
}

TEST(ParkedRecordTest, AContactIsReadWithItsFlippedBitMended) {
  const std::string good = Contact();
  for (const std::string& bytes : {good, WithFlipped(good, good.size() * 8 - 3)}) {
    const Result<engine::ContactRow> row = ReadParkedContact(bytes);
    ASSERT_TRUE(row.ok());
    EXPECT_EQ(row->id, ContactId{42});
    EXPECT_EQ(row->subject, "a bill");
  }
}

TEST(ParkedRecordTest, WhatIsNoContactOrTooDamagedCannotBeOne) {
  EXPECT_EQ(ReadParkedContact("rubbish rubbish").error().reason, "NOT_READABLE");
  const std::string agent = store::ToRecord(store::RecordKind::kAgent, engine::AgentRow());
  EXPECT_EQ(ReadParkedContact(agent).error().reason, "NOT_A_CONTACT");
}

TEST(ParkedRecordTest, MoreDamageLeavesOnlyTheKindThatItClaims) {
  std::string bad = Contact();
  bad[9] = '\x7f';
  bad[11] = '\x7f';
  const ParkedRecord record = DescribeParked(bad);
  EXPECT_EQ(record.kind, "contact");
  EXPECT_EQ(record.damage, "its bytes fail their check");
  EXPECT_EQ(record.fields, "");
}

TEST(ParkedRecordTest, ASoundRecordIsReadAsItIs) {
  const ParkedRecord record = DescribeParked(Contact());
  EXPECT_EQ(record.damage, "");
  EXPECT_NE(record.fields.find("billing"), std::string::npos);
}

TEST(ParkedRecordTest, RubbishIsNoRecord) {
  for (const std::string bytes : {"", "abc", "rubbish rubbish"}) {
    const ParkedRecord record = DescribeParked(bytes);
    EXPECT_NE(record.damage, "") << bytes;
    EXPECT_EQ(record.fields, "") << bytes;
  }
}

TEST(ParkedRecordTest, BytesAreShownSixteenALine) {
  EXPECT_EQ(ToHex("abc\n0123456789abcXY", 18),
            "00000000  61 62 63 0a 30 31 32 33 34 35 36 37 38 39 61 62  |abc.0123456789ab|\n"
            "00000010  63 58" +
                std::string(14 * 3, ' ') + "  |cX|\n");
}

}  // namespace
}  // namespace usher::audit
