// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/lease.h"

#include <gtest/gtest.h>

namespace usher::phone {
namespace {

using Sight = Lease::Sight;

TEST(LeaseTest, ServesWhereNobodyDoes) {
  Lease lease("one", ' ');
  EXPECT_EQ(lease.Look(""), Sight::kServe);
  EXPECT_EQ(lease.Next(), "one 1");
  EXPECT_EQ(lease.Next(), "one 2");
}

TEST(LeaseTest, GoesOnAtOnceWhereItsFormerLifeServed) {
  Lease lease("one", ' ');
  EXPECT_EQ(lease.Look("one 17 1795283281"), Sight::kServe);
  EXPECT_TRUE(lease.IsOthers("one-more 17"));
}

TEST(LeaseTest, StandsByAsLongAsTheOtherWrites) {
  Lease lease("two", ' ');
  EXPECT_EQ(lease.Look("one 1"), Sight::kStandBy);
  EXPECT_EQ(lease.Look("one 1"), Sight::kStillThere);
  EXPECT_EQ(lease.Look("one 1"), Sight::kStillThere);
  EXPECT_EQ(lease.Look("one 2"), Sight::kStillThere);
}

TEST(LeaseTest, TakesOverFromOneThatStandsStill) {
  Lease lease("two", ' ');
  lease.Look("one 1");
  for (int look = 1; look < Lease::kLooks; ++look) {
    EXPECT_EQ(lease.Look("one 1"), Sight::kStillThere);
  }
  EXPECT_EQ(lease.Look("one 1"), Sight::kServe);
}

TEST(LeaseTest, TakesOverFromOneThatStoppedInOrder) {
  Lease lease("two", ' ');
  lease.Look("one 1");
  EXPECT_EQ(lease.Look(""), Sight::kServe);
}

TEST(LeaseTest, StandsByForWhoTookItsPlace) {
  Lease lease("one", '~');
  ASSERT_EQ(lease.Look(""), Sight::kServe);
  lease.Lose("two~1");
  EXPECT_EQ(lease.Look("two~1"), Sight::kStillThere);
  EXPECT_EQ(lease.Look("two~2"), Sight::kStillThere);
}

}  // namespace
}  // namespace usher::phone
