// SPDX-License-Identifier: Apache-2.0
#include "router/context/framed_message.h"

#include <string>

#include <gtest/gtest.h>

#include "usher/context/v1/customer.pb.h"

namespace usher::context {
namespace {

using store::RecordKind;

v1::Customer Mia() {
  v1::Customer customer;
  customer.set_name("Mia Wong");
  customer.set_language("zh");
  customer.set_version(3);
  return customer;
}

TEST(FramedMessageTest, ComesBack) {
  v1::Customer read;
  ASSERT_TRUE(FromFramed(RecordKind::kCustomer, ToFramed(RecordKind::kCustomer, Mia()), read).ok());
  EXPECT_EQ(read.SerializeAsString(), Mia().SerializeAsString());
}

TEST(FramedMessageTest, EveryFlippedBitIsSeen) {
  const std::string good = ToFramed(RecordKind::kCustomer, Mia());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    v1::Customer read;
    const Result<void> result = FromFramed(RecordKind::kCustomer, bad, read);
    ASSERT_FALSE(result.ok()) << "bit " << bit;
    EXPECT_EQ(result.error().reason, "RECORD_DAMAGED") << "bit " << bit;
  }
}

TEST(FramedMessageTest, AnotherKindIsDamage) {
  v1::Customer read;
  EXPECT_FALSE(FromFramed(RecordKind::kCustomer, ToFramed(RecordKind::kMessage, Mia()), read).ok());
}

TEST(FramedMessageTest, ABareMessageOfBeforeIsUnderstood) {
  v1::Customer read;
  ASSERT_TRUE(FromFramed(RecordKind::kCustomer, Mia().SerializeAsString(), read).ok());
  EXPECT_EQ(read.name(), "Mia Wong");
  EXPECT_FALSE(IsFramed(Mia().SerializeAsString()));
  EXPECT_TRUE(FromFramed(RecordKind::kCustomer, "", read).ok());
}

}  // namespace
}  // namespace usher::context
