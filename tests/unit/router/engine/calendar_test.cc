// SPDX-License-Identifier: Apache-2.0
#include "router/engine/calendar.h"

#include <gtest/gtest.h>

namespace usher::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t kMonday = 20458;  // 2026-01-05 as days since 1970-01-01

Instant AtUtc(std::int64_t day, Duration time) {
  return InstantFromUnixMs(0) + hours{24 * day} + time;
}

TimeZone Shanghai() { return {.name = "Asia/Shanghai", .first_offset = hours{8}, .changes = {}}; }

// Berlin's change to summer time on 2026-03-29 at 01:00 UTC and back on 2026-10-25 at 01:00 UTC.
TimeZone Berlin() {
  return {.name = "Europe/Berlin",
          .first_offset = hours{1},
          .changes = {{AtUtc(20541, hours{1}), hours{2}}, {AtUtc(20751, hours{1}), hours{1}}}};
}

// A zone whose clocks skip from 00:00 to 01:00 on the day after kMonday.
TimeZone MidnightSkipper() {
  return {.name = "Test/Skips",
          .first_offset = hours{0},
          .changes = {{AtUtc(kMonday + 1, hours{0}), hours{1}}}};
}

// A zone whose clocks fall back from 00:00 to 23:00, so that kMonday's last hour comes twice.
TimeZone MidnightRepeater() {
  return {.name = "Test/Repeats",
          .first_offset = hours{0},
          .changes = {{AtUtc(kMonday + 1, hours{0}), hours{-1}}}};
}

Hours NineToSix() {
  Hours business{.id = "business", .weekly = {}, .closed = {}};
  for (int weekday = 0; weekday < 5; ++weekday) business.weekly.push_back({weekday, 540, 1080});
  return business;
}

TEST(TimeZoneTest, LocalDayChangesAtLocalMidnight) {
  const Instant midnight = AtUtc(kMonday, hours{16});  // Tuesday 00:00 in Shanghai
  EXPECT_EQ(Shanghai().LocalDay(midnight - Duration{1}), kMonday);
  EXPECT_EQ(Shanghai().LocalDay(midnight), kMonday + 1);
}

TEST(TimeZoneTest, LocalDayOfTimesBeforeTheEpochRoundsDown) {
  EXPECT_EQ(TimeZone{}.LocalDay(InstantFromUnixMs(-1)), -1);
  EXPECT_EQ(TimeZone{}.LocalDay(InstantFromUnixMs(0)), 0);
}

TEST(TimeZoneTest, OffsetHoldsFromTheInstantOfItsChange) {
  const TimeZone berlin = Berlin();
  EXPECT_EQ(berlin.OffsetAt(berlin.changes[0].at - Duration{1}), hours{1});
  EXPECT_EQ(berlin.OffsetAt(berlin.changes[0].at), hours{2});
}

TEST(TimeZoneTest, NextLocalMidnightIsAfterTheInstantItself) {
  const Instant midnight = AtUtc(kMonday, hours{16});
  EXPECT_EQ(Shanghai().NextLocalMidnight(midnight - Duration{1}), midnight);
  EXPECT_EQ(Shanghai().NextLocalMidnight(midnight), midnight + hours{24});
}

TEST(TimeZoneTest, ADayOfAChangeHasTwentyThreeOrTwentyFiveHours) {
  const TimeZone berlin = Berlin();
  const Instant spring = berlin.FromLocal(hours{24 * 20541});
  EXPECT_EQ(berlin.NextLocalMidnight(spring) - spring, hours{23});
  const Instant autumn = berlin.FromLocal(hours{24 * 20751});
  EXPECT_EQ(berlin.NextLocalMidnight(autumn) - autumn, hours{25});
}

TEST(TimeZoneTest, ASkippedMidnightIsTheInstantOfTheChange) {
  const TimeZone zone = MidnightSkipper();
  EXPECT_EQ(zone.NextLocalMidnight(AtUtc(kMonday, hours{12})), zone.changes[0].at);
  EXPECT_EQ(zone.FromLocal(hours{24 * (kMonday + 1)} + minutes{30}), zone.changes[0].at);
}

TEST(TimeZoneTest, ARepeatedHourStillEndsAtItsSecondMidnight) {
  const TimeZone zone = MidnightRepeater();
  const Instant second_time = zone.changes[0].at + minutes{30};
  EXPECT_EQ(zone.LocalDay(second_time), kMonday);
  EXPECT_EQ(zone.NextLocalMidnight(second_time), zone.changes[0].at + hours{1});
}

TEST(TimeZoneTest, FromLocalUndoesTheOffsetOfItsTime) {
  EXPECT_EQ(Shanghai().FromLocal(hours{24 * kMonday + 9}), AtUtc(kMonday, hours{1}));
  EXPECT_EQ(Berlin().FromLocal(hours{24 * 20600 + 9}), AtUtc(20600, hours{7}));
}

TEST(HoursTest, StartIsInsideAndEndIsNot) {
  const TimeZone utc;
  EXPECT_FALSE(NineToSix().IsOpen(utc, AtUtc(kMonday, hours{9} - Duration{1})));
  EXPECT_TRUE(NineToSix().IsOpen(utc, AtUtc(kMonday, hours{9})));
  EXPECT_TRUE(NineToSix().IsOpen(utc, AtUtc(kMonday, hours{18} - Duration{1})));
  EXPECT_FALSE(NineToSix().IsOpen(utc, AtUtc(kMonday, hours{18})));
}

TEST(HoursTest, OnlyTheWeekdaysListedAreOpen) {
  const TimeZone utc;
  EXPECT_TRUE(NineToSix().IsOpen(utc, AtUtc(kMonday + 4, hours{12})));
  EXPECT_FALSE(NineToSix().IsOpen(utc, AtUtc(kMonday + 5, hours{12})));
}

TEST(HoursTest, HoursAreLocal) {
  EXPECT_TRUE(NineToSix().IsOpen(Shanghai(), AtUtc(kMonday, hours{1})));
  EXPECT_FALSE(NineToSix().IsOpen(Shanghai(), AtUtc(kMonday, hours{12})));
}

TEST(HoursTest, AClosedDateIsClosedAllItsLocalDay) {
  Hours business = NineToSix();
  business.closed = {kMonday};
  EXPECT_FALSE(business.IsOpen(TimeZone{}, AtUtc(kMonday, hours{12})));
  EXPECT_TRUE(business.IsOpen(TimeZone{}, AtUtc(kMonday + 1, hours{12})));
}

TEST(HoursTest, ASpanMayEndAtMidnight) {
  const Hours late{.id = "late", .weekly = {{0, 1320, 1440}}, .closed = {}};
  EXPECT_TRUE(late.IsOpen(TimeZone{}, AtUtc(kMonday, hours{24} - Duration{1})));
  EXPECT_FALSE(late.IsOpen(TimeZone{}, AtUtc(kMonday + 1, hours{0})));
}

}  // namespace
}  // namespace usher::engine
