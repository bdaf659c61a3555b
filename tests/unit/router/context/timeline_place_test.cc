// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "router/context/timeline_reading.h"

namespace usher::context {
namespace {

TEST(TimelinePlaceTest, EntriesOfSeveralRecordsHaveOneOrder) {
  const TimelinePlace first{9, 0, CustomerId{"cu_b"}};
  EXPECT_LT(first, (TimelinePlace{10, 0, CustomerId{"cu_a"}}));
  EXPECT_LT(first, (TimelinePlace{9, 1, CustomerId{"cu_a"}}));
  EXPECT_LT(first, (TimelinePlace{9, 0, CustomerId{"cu_c"}}));
}

TEST(TimelinePlaceTest, IsReadAsItIsWritten) {
  const TimelinePlace place{1'763'784'000'000, 3, CustomerId{"cu_b"}};
  EXPECT_EQ(ToText(place), "1763784000000-3@cu_b");
  EXPECT_EQ(ParsePlace(ToText(place)), place);
  EXPECT_EQ(ParsePlace("17-3"), (TimelinePlace{17, 3, CustomerId{}}));
}

TEST(TimelinePlaceTest, AnythingElseIsNone) {
  for (const char* text :
       {"", "-", "17", "17-", "-3", "x-3@cu_b", "17-3x", "99999999999999999999-0"}) {
    EXPECT_EQ(ParsePlace(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace usher::context
