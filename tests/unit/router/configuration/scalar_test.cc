// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/scalar.h"

#include <gtest/gtest.h>

namespace usher::configuration {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(ScalarTest, ADurationIsOneNumberAndOneUnit) {
  EXPECT_EQ(ParseDuration("250ms"), Duration{250});
  EXPECT_EQ(ParseDuration("15s"), seconds{15});
  EXPECT_EQ(ParseDuration("5m"), seconds{300});
  EXPECT_EQ(ParseDuration("4h"), hours{4});
  EXPECT_EQ(ParseDuration("2d"), hours{48});
  EXPECT_EQ(ParseDuration("1.5h"), seconds{5400});
  EXPECT_EQ(ParseDuration("0s"), Duration{0});
}

TEST(ScalarTest, WhatIsNoDurationIsRefused) {
  for (const char* text : {"", "15", "s", "1m30s", "1:30", "15 s", "-5s", "+5s", "5S", "1w", ".5s",
                           "0.5ms", "1e3s", "99999999999999999999s", "4000d"}) {
    EXPECT_FALSE(ParseDuration(text).has_value()) << text;
  }
}

TEST(ScalarTest, DurationsPrintAsTheyAreWritten) {
  for (const char* text : {"0s", "250ms", "15s", "5m", "4h", "2d", "90s"}) {
    EXPECT_EQ(FormatDuration(*ParseDuration(text)), text);
  }
}

TEST(ScalarTest, IntegersMayCarryASign) {
  EXPECT_EQ(ParseInteger("+1"), 1);
  EXPECT_EQ(ParseInteger("-5"), -5);
  EXPECT_EQ(ParseInteger("007"), 7);
  for (const char* text : {"", "+", "1.0", "1e3", "0x10", "ten", "99999999999999999999"}) {
    EXPECT_FALSE(ParseInteger(text).has_value()) << text;
  }
}

TEST(ScalarTest, PercentagesHaveTwoDecimals) {
  EXPECT_EQ(ParsePercent("80%"), 8000);
  EXPECT_EQ(ParsePercent("66.67%"), 6667);
  EXPECT_FALSE(ParsePercent("80").has_value());
  EXPECT_FALSE(ParsePercent("101%").has_value());
  EXPECT_FALSE(ParsePercent("66.666%").has_value());
  EXPECT_EQ(FormatPercent(8000), "80%");
  EXPECT_EQ(FormatPercent(6667), "66.67%");
  EXPECT_EQ(FormatPercent(6605), "66.05%");
  EXPECT_EQ(FormatPercent(6650), "66.5%");
}

TEST(ScalarTest, IdsBeginWithASmallLetter) {
  EXPECT_TRUE(IsId("a"));
  EXPECT_TRUE(IsId("care-2_b"));
  EXPECT_TRUE(IsId(std::string(64, 'a')));
  for (const std::string& text : {std::string(), std::string("Ann"), std::string("2b"),
                                  std::string("a b"), std::string("a.b"), std::string(65, 'a')}) {
    EXPECT_FALSE(IsId(text)) << text;
  }
}

TEST(ScalarTest, DatesExist) {
  EXPECT_EQ(ParseDate("1970-01-01"), 0);
  EXPECT_EQ(ParseDate("2026-01-05"), 20458);
  EXPECT_TRUE(ParseDate("2028-02-29").has_value());
  for (const char* text : {"2026-02-29", "2026-13-01", "26-01-01", "2026/01/05", "1969-12-31"}) {
    EXPECT_FALSE(ParseDate(text).has_value()) << text;
  }
}

TEST(ScalarTest, LocalTimesHaveDateAndTime) {
  EXPECT_EQ(ParseLocalTime("1970-01-02T01:00:05"), hours{25} + seconds{5});
  EXPECT_EQ(ParseLocalTime("1970-01-02 01:00"), hours{25});
  for (const char* text : {"1970-01-02", "1970-01-02T25:00:00", "1970-01-02T01:00:60"}) {
    EXPECT_FALSE(ParseLocalTime(text).has_value()) << text;
  }
}

TEST(ScalarTest, ADayEndsAtTwentyFour) {
  EXPECT_EQ(ParseTimeOfDay("00:00"), 0);
  EXPECT_EQ(ParseTimeOfDay("24:00"), 1440);
  for (const char* text : {"24:01", "9:00", "09:60", "0900", "09-00"}) {
    EXPECT_FALSE(ParseTimeOfDay(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace usher::configuration
