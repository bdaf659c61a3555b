// SPDX-License-Identifier: Apache-2.0
#include "router/engine/live_agent.h"

#include <gtest/gtest.h>

namespace usher::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Instant kMidnight = InstantFromUnixMs(1'767'571'200'000);  // 2026-01-05 00:00 UTC

AgentDay TheDayBefore() {
  return {.day = TimeZone{}.LocalDay(kMidnight - minutes{1}),
          .accepts = 7,
          .busy = hours{3},
          .signed_in = hours{6},
          .busy_since = kMidnight - hours{1},
          .signed_in_since = kMidnight - hours{2}};
}

TEST(AgentDayTest, BeginsAnewAtMidnightAndCutsWhatRunsOverIt) {
  const AgentDay today = RolledTo(TheDayBefore(), kMidnight + minutes{30}, TimeZone{});
  EXPECT_EQ(today.accepts, 0);
  EXPECT_EQ(BusyAt(today, kMidnight + minutes{30}), Duration{minutes{30}});
  EXPECT_EQ(SignedInAt(today, kMidnight + minutes{30}), Duration{minutes{30}});
}

TEST(AgentDayTest, GoesOnWhileTheDayLasts) {
  const AgentDay today = RolledTo(TheDayBefore(), kMidnight - minutes{30}, TimeZone{});
  EXPECT_EQ(today, TheDayBefore());
  EXPECT_EQ(BusyAt(today, kMidnight - minutes{30}), Duration{hours{3} + minutes{30}});
}

TEST(AgentDayTest, MidnightIsLocal) {
  const TimeZone shanghai{.name = "Asia/Shanghai", .first_offset = hours{8}, .changes = {}};
  AgentDay day = TheDayBefore();
  day.day = shanghai.LocalDay(kMidnight);  // there it is eight in the morning
  EXPECT_EQ(RolledTo(day, kMidnight + hours{15}, shanghai), day);
  EXPECT_EQ(RolledTo(day, kMidnight + hours{16}, shanghai).accepts, 0);
}

}  // namespace
}  // namespace usher::engine
