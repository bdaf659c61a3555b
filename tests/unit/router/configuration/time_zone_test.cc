// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/time_zone.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "router/configuration/scalar.h"

namespace usher::configuration {
namespace {

using std::chrono::hours;

Instant LocalIn(const engine::TimeZone& zone, const char* local) {
  return zone.FromLocal(*ParseLocalTime(local));
}

TEST(TimeZoneTest, UtcNeverChanges) {
  const auto zone = LoadTimeZone("UTC");
  ASSERT_TRUE(zone.ok());
  EXPECT_EQ(zone->first_offset, Duration{0});
  EXPECT_TRUE(zone->changes.empty());
}

TEST(TimeZoneTest, ShanghaiIsEightHoursAheadToday) {
  const auto zone = LoadTimeZone("Asia/Shanghai");
  ASSERT_TRUE(zone.ok());
  EXPECT_EQ(zone->OffsetAt(LocalIn(*zone, "2026-07-01T12:00:00")), hours{8});
  // China kept summer time from 1986 to 1991.
  EXPECT_EQ(zone->OffsetAt(LocalIn(*zone, "1988-07-01T12:00:00")), hours{9});
}

TEST(TimeZoneTest, NewYorkChangesTwiceAYearUntil2100) {
  const auto zone = LoadTimeZone("America/New_York");
  ASSERT_TRUE(zone.ok());
  EXPECT_EQ(zone->OffsetAt(LocalIn(*zone, "2026-01-15T12:00:00")), hours{-5});
  EXPECT_EQ(zone->OffsetAt(LocalIn(*zone, "2026-07-15T12:00:00")), hours{-4});
  EXPECT_EQ(zone->OffsetAt(LocalIn(*zone, "2099-07-15T12:00:00")), hours{-4});
  EXPECT_LT(zone->changes.size(), 300u);
  for (std::size_t i = 1; i < zone->changes.size(); ++i) {
    EXPECT_LT(zone->changes[i - 1].at, zone->changes[i].at);
  }
}

TEST(TimeZoneTest, BerlinChangesAtOneInTheMorningOfUtcBothWays) {
  const auto zone = LoadTimeZone("Europe/Berlin");
  ASSERT_TRUE(zone.ok());
  // 2026-03-29 and 2026-10-25, 01:00 UTC.
  for (const std::int64_t change : {1'774'746'000'000, 1'792'890'000'000}) {
    const auto found = std::find_if(
        zone->changes.begin(), zone->changes.end(),
        [&](const engine::UtcOffsetChange& each) { return ToUnixMs(each.at) == change; });
    EXPECT_NE(found, zone->changes.end()) << change;
  }
}

TEST(TimeZoneTest, OnlyNamesOfTheDatabaseAreRead) {
  for (const char* name :
       {"Asia/Shangai", "", "/etc/passwd", "../../etc/passwd", "file:x", "libc:localtime"}) {
    const auto zone = LoadTimeZone(name);
    ASSERT_FALSE(zone.ok()) << name;
    EXPECT_EQ(zone.error().reason, "UNKNOWN_TIME_ZONE");
  }
}

}  // namespace
}  // namespace usher::configuration
