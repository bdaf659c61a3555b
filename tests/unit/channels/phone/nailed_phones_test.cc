// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/nailed_phones.h"

#include <gtest/gtest.h>

namespace usher::phone {
namespace {

TEST(NailedPhonesTest, GivesATelephoneToOneCallAtATime) {
  NailedPhones phones;
  ASSERT_TRUE(phones.Use("main", "ann", "leg1", "c1"));
  EXPECT_FALSE(phones.HasFree("main", "ann"));
  EXPECT_EQ(phones.Take("main", "ann", "c2"), "");
  phones.Release("leg1");
  EXPECT_EQ(phones.Take("main", "ann", "c2"), "leg1");
  EXPECT_EQ(phones.ContactOf("leg1"), "c2");
}

TEST(NailedPhonesTest, KeepsToTheLineAndToOneTelephoneOfAnAgent) {
  NailedPhones phones;
  ASSERT_TRUE(phones.Use("main", "ann", "leg1", ""));
  EXPECT_FALSE(phones.Use("main", "ann", "leg2", "c1"));
  EXPECT_FALSE(phones.HasFree("other", "ann"));
  EXPECT_TRUE(phones.Use("other", "ann", "leg3", ""));
}

TEST(NailedPhonesTest, ListsThoseThatNoCallHas) {
  NailedPhones phones;
  EXPECT_TRUE(phones.empty());
  phones.Use("main", "ann", "leg1", "");
  phones.Use("main", "ben", "leg2", "c1");
  ASSERT_EQ(phones.ListFree().size(), 1);
  EXPECT_EQ(phones.ListFree().front().leg, "leg1");
  phones.Release("leg2");
  EXPECT_EQ(phones.ListFree().size(), 2);
  phones.Gone("leg1");
  phones.Gone("leg2");
  EXPECT_TRUE(phones.empty());
}

TEST(NailedPhonesTest, ForgetsWhatIsGone) {
  NailedPhones phones;
  phones.Use("main", "ann", "leg1", "");
  phones.Use("main", "ben", "leg2", "");
  phones.Use("other", "eva", "leg3", "");
  phones.Gone("leg1");
  phones.KeepOnly("main", {"leg9"});
  EXPECT_FALSE(phones.Knows("leg1") || phones.Knows("leg2"));
  EXPECT_TRUE(phones.HasFree("other", "eva"));
  EXPECT_TRUE(phones.Use("main", "ann", "leg4", "c1"));
}

}  // namespace
}  // namespace usher::phone
