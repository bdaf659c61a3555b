// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/phone_rules.h"

#include <gtest/gtest.h>

namespace usher::phone {
namespace {

TEST(PhoneRulesTest, FindsTheLongestNumberThatFits) {
  PhoneRules rules;
  rules.numbers = {{.number = "*", .queue = "front"},
                   {.number = "+1555*", .queue = "sales"},
                   {.number = "+15558*", .queue = "support"},
                   {.number = "+15558000123", .queue = "billing"}};
  EXPECT_EQ(rules.Find("+15558000123")->queue, "billing");
  EXPECT_EQ(rules.Find("+15558000124")->queue, "support");
  EXPECT_EQ(rules.Find("+15557")->queue, "sales");
  EXPECT_EQ(rules.Find("+49")->queue, "front");
  rules.numbers.erase(rules.numbers.begin());
  EXPECT_EQ(rules.Find("+49"), nullptr);
}

TEST(PhoneRulesTest, NamesTheTelephonesOfAgents) {
  PhoneRules rules;
  rules.agent_addresses["ben"] = "PJSIP/desk-7";
  EXPECT_EQ(rules.AddressOf("ann"), "PJSIP/ann");
  EXPECT_EQ(rules.AddressOf("ben"), "PJSIP/desk-7");
}

TEST(PhoneRulesTest, CallsNobodyOutsideUnlessToldHow) {
  PhoneRules rules;
  EXPECT_EQ(rules.AddressOutside("+15551"), "");
  rules.outside_address = "PJSIP/{number}@trunk";
  EXPECT_EQ(rules.AddressOutside("+15551"), "PJSIP/+15551@trunk");
}

TEST(PhoneRulesTest, TakesNothingButNumbersForNumbers) {
  EXPECT_TRUE(IsNumber("+15558000123"));
  EXPECT_TRUE(IsNumber("*43#"));
  EXPECT_FALSE(IsNumber(""));
  EXPECT_FALSE(IsNumber("100@other/x"));
  EXPECT_FALSE(IsNumber("1 555"));
  EXPECT_FALSE(IsNumber(std::string(33, '1')));
}

}  // namespace
}  // namespace usher::phone
