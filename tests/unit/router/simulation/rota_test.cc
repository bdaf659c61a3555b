// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/rota.h"

#include <gtest/gtest.h>

namespace usher::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using What = Duty::What;

// 2026-01-05 is a Monday.
const Instant kMonday = InstantFromUnixMs(1'767'571'200'000);

TEST(RotaTest, WithoutShiftsTheWholeTimeIsWork) {
  const auto rota = RotaOf({}, {}, kMonday, kMonday + hours{48});
  EXPECT_EQ(rota, (std::vector<Duty>{{kMonday, What::kWork, ""}}));
}

TEST(RotaTest, ShiftsAndBreaksFollowEachOther) {
  const Shifts shifts{.always = false,
                      .weekly = {{0, 9 * 60, 17 * 60}},
                      .breaks = {{12 * 60, minutes{30}, "lunch"}, {20 * 60, minutes{30}, "late"}}};
  const auto rota = RotaOf(shifts, {}, kMonday + hours{8}, kMonday + hours{48});
  EXPECT_EQ(rota, (std::vector<Duty>{{kMonday + hours{8}, What::kAway, ""},
                                     {kMonday + hours{9}, What::kWork, ""},
                                     {kMonday + hours{12}, What::kBreak, "lunch"},
                                     {kMonday + minutes{750}, What::kWork, ""},
                                     {kMonday + hours{17}, What::kAway, ""}}));
}

TEST(RotaTest, AStartWithinAShiftIsWorkAtOnce) {
  const Shifts shifts{.always = false, .weekly = {{0, 9 * 60, 17 * 60}}, .breaks = {}};
  const auto rota = RotaOf(shifts, {}, kMonday + hours{10}, kMonday + hours{11});
  EXPECT_EQ(rota, (std::vector<Duty>{{kMonday + hours{10}, What::kWork, ""}}));
}

TEST(RotaTest, ABreakMayPassMidnight) {
  const Shifts shifts{.always = true, .weekly = {}, .breaks = {{23 * 60, hours{2}, ""}}};
  const auto rota = RotaOf(shifts, {}, kMonday, kMonday + hours{12});
  EXPECT_EQ(rota, (std::vector<Duty>{{kMonday, What::kBreak, ""},
                                     {kMonday + hours{1}, What::kWork, ""}}));
}

}  // namespace
}  // namespace usher::simulation
