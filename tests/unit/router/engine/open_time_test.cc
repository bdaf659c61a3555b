// SPDX-License-Identifier: Apache-2.0
#include "router/engine/open_time.h"

#include <gtest/gtest.h>

namespace usher::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::int64_t kMonday = 20458;  // 2026-01-05 as days since 1970-01-01
constexpr std::int64_t kSpring = 20541;  // Sunday 2026-03-29: Berlin's clocks skip an hour
constexpr std::int64_t kAutumn = 20751;  // Sunday 2026-10-25: an hour comes twice

Instant AtUtc(std::int64_t day, Duration time) {
  return InstantFromUnixMs(0) + hours{24 * day} + time;
}

TimeZone Berlin() {
  return {.name = "Europe/Berlin",
          .first_offset = hours{1},
          .changes = {{AtUtc(kSpring, hours{1}), hours{2}}, {AtUtc(kAutumn, hours{1}), hours{1}}}};
}

// Monday to Friday.
Hours NineToSix() {
  Hours business{.id = "business", .weekly = {}, .closed = {}};
  for (int day = 0; day < 5; ++day) business.weekly.push_back({day, 540, 1080});
  return business;
}

TEST(AfterOpenTimeTest, CountsOnlyOpenHours) {
  const auto after = [](Duration from, Duration open_time) {
    return AfterOpenTime(TimeZone{}, NineToSix(), AtUtc(kMonday, from), open_time);
  };
  EXPECT_EQ(after(hours{10}, hours{2}), AtUtc(kMonday, hours{12}));
  EXPECT_EQ(after(hours{17}, hours{1}), AtUtc(kMonday, hours{18}));
  EXPECT_EQ(after(hours{17}, hours{3}), AtUtc(kMonday + 1, hours{11}));
  EXPECT_EQ(after(hours{20}, minutes{1}), AtUtc(kMonday + 1, hours{9} + minutes{1}));
  EXPECT_EQ(after(hours{3}, hours{9}), AtUtc(kMonday, hours{18}));
  EXPECT_EQ(after(hours{3}, Duration{0}), AtUtc(kMonday, hours{3}));
}

TEST(AfterOpenTimeTest, SkipsTheWeekendAndClosedDays) {
  Hours business = NineToSix();
  business.closed = {kMonday + 7};
  EXPECT_EQ(AfterOpenTime(TimeZone{}, business, AtUtc(kMonday + 4, hours{16}), hours{4}),
            AtUtc(kMonday + 8, hours{11}));
}

TEST(AfterOpenTimeTest, SpansThatOverlapCountOnce) {
  const Hours business{.id = "b", .weekly = {{0, 600, 720}, {0, 660, 780}}, .closed = {}};
  EXPECT_EQ(AfterOpenTime(TimeZone{}, business, AtUtc(kMonday, hours{9}), hours{3}),
            AtUtc(kMonday, hours{13}));
}

TEST(AfterOpenTimeTest, AnHourThatClocksSkipOrShowTwiceCountsForWhatItIs) {
  Hours always{.id = "always", .weekly = {}, .closed = {}};
  for (int day = 0; day < 7; ++day) always.weekly.push_back({day, 0, 1440});
  for (const std::int64_t day : {kSpring, kAutumn}) {
    const Instant from = Berlin().FromLocal(hours{24 * day});
    EXPECT_EQ(AfterOpenTime(Berlin(), always, from, hours{12}), from + hours{12});
  }
  // Sunday, 1 to 4 by the clock: two hours in spring, four in autumn.
  const Hours night{.id = "night", .weekly = {{6, 60, 240}}, .closed = {}};
  EXPECT_EQ(AfterOpenTime(Berlin(), night, Berlin().FromLocal(hours{24 * kSpring}), hours{2}),
            Berlin().FromLocal(hours{24 * kSpring + 4}));
  EXPECT_EQ(AfterOpenTime(Berlin(), night, Berlin().FromLocal(hours{24 * kAutumn}), hours{4}),
            Berlin().FromLocal(hours{24 * kAutumn + 4}));
}

TEST(AfterOpenTimeTest, HoursThatAreNotOpenForSoLongGiveNothing) {
  EXPECT_EQ(AfterOpenTime(TimeZone{}, Hours{}, AtUtc(kMonday, hours{9}), hours{1}), std::nullopt);
  Hours business = NineToSix();
  for (int day = 0; day <= 10; ++day) business.closed.push_back(kMonday + day);
  const Instant from = AtUtc(kMonday, hours{9});
  EXPECT_EQ(AfterOpenTime(TimeZone{}, business, from, hours{1}, 10), std::nullopt);
  EXPECT_EQ(AfterOpenTime(TimeZone{}, business, from, hours{1}, 11),
            AtUtc(kMonday + 11, hours{10}));
}

}  // namespace
}  // namespace usher::engine
