// SPDX-License-Identifier: Apache-2.0
#include "router/engine/expression.h"

#include <gtest/gtest.h>

namespace usher::engine {
namespace {

const std::vector<std::string> kSkills = {"english", "billing", "tech", "trainee"};

SkillLevels Levels(std::map<std::string, std::int32_t> skills) {
  Agent agent;
  agent.skills = std::move(skills);
  return LevelsOf(agent, kSkills);
}

Requirement Compiled(std::string_view text) {
  auto requirement = Requirement::Compile(text, kSkills);
  EXPECT_TRUE(requirement.ok()) << text << ": "
                                << (requirement.ok() ? "" : requirement.error().message);
  return requirement.ok() ? *requirement : Requirement{};
}

bool Matches(std::string_view text, std::map<std::string, std::int32_t> skills) {
  return Compiled(text).Evaluate(Levels(std::move(skills)));
}

std::string Refusal(std::string_view text) {
  const auto requirement = Requirement::Compile(text, kSkills);
  if (requirement.ok()) return "accepted";
  EXPECT_EQ(requirement.error().reason, "BAD_REQUIREMENT");
  EXPECT_EQ(requirement.error().code, Code::kInvalidArgument);
  EXPECT_FALSE(requirement.error().next_step.empty());
  return requirement.error().message;
}

TEST(RequirementTest, ABareNameNeedsALevelAboveZero) {
  EXPECT_TRUE(Matches("english", {{"english", 1}}));
  EXPECT_FALSE(Matches("english", {{"english", 0}}));
  EXPECT_FALSE(Matches("english", {{"tech", 100}}));
}

TEST(RequirementTest, EveryComparisonComparesTheLevel) {
  EXPECT_TRUE(Matches("tech >= 50", {{"tech", 50}}));
  EXPECT_FALSE(Matches("tech > 50", {{"tech", 50}}));
  EXPECT_TRUE(Matches("tech <= 50", {{"tech", 50}}));
  EXPECT_FALSE(Matches("tech < 50", {{"tech", 50}}));
  EXPECT_TRUE(Matches("tech == 50", {{"tech", 50}}));
  EXPECT_FALSE(Matches("tech != 50", {{"tech", 50}}));
}

TEST(RequirementTest, AnyComparisonWithASkillNotHeldIsFalse) {
  for (const char* text : {"tech >= 0", "tech < 50", "tech <= 50", "tech == 0", "tech != 5"}) {
    EXPECT_FALSE(Matches(text, {})) << text;
  }
  EXPECT_TRUE(Matches("tech >= 0", {{"tech", 0}}));
}

TEST(RequirementTest, NotOfAComparisonIsTrueWithoutTheSkill) {
  EXPECT_TRUE(Matches("not tech > 5", {}));
  EXPECT_TRUE(Matches("not tech > 5", {{"tech", 5}}));
  EXPECT_FALSE(Matches("not tech > 5", {{"tech", 6}}));
}

TEST(RequirementTest, NotBindsBeforeAndBeforeOr) {
  EXPECT_TRUE(Matches("english or billing and tech", {{"english", 1}}));
  EXPECT_FALSE(Matches("(english or billing) and tech", {{"english", 1}}));
  EXPECT_TRUE(Matches("not english or billing", {{"english", 1}, {"billing", 1}}));
  EXPECT_FALSE(Matches("not (english or billing)", {{"billing", 1}}));
}

TEST(RequirementTest, TheExampleOfTheDesignHolds) {
  const char* text = "english >= 50 and (billing or tech > 30) and not trainee";
  EXPECT_TRUE(Matches(text, {{"english", 50}, {"tech", 31}}));
  EXPECT_FALSE(Matches(text, {{"english", 49}, {"tech", 31}}));
  EXPECT_FALSE(Matches(text, {{"english", 50}, {"tech", 30}}));
  EXPECT_FALSE(Matches(text, {{"english", 50}, {"billing", 1}, {"trainee", 1}}));
}

TEST(RequirementTest, TheEmptyTextHoldsForEveryone) {
  EXPECT_TRUE(Matches("", {}));
  EXPECT_TRUE(Matches("  ", {}));
  EXPECT_TRUE(Compiled("").IsEmpty());
  EXPECT_TRUE(Requirement{}.Evaluate(Levels({})));
}

TEST(RequirementTest, AnUndeclaredSkillIsRefusedWithColumnAndNearestName) {
  EXPECT_EQ(Refusal("tech and englsh >= 5"),
            "column 10: no skill \"englsh\"; did you mean \"english\"?");
  EXPECT_EQ(Refusal("cooking"), "column 1: no skill \"cooking\"; the nearest is \"billing\"");
}

TEST(RequirementTest, IllTypedTextsAreRefused) {
  EXPECT_EQ(Refusal("english >= \"much\""), "column 12: a skill's level is a number, not a text");
  EXPECT_EQ(Refusal("english == true"), "column 12: a skill's level is a number, not true");
  EXPECT_EQ(Refusal("english > tech"), "column 11: expected a value to compare with, not \"tech\"");
  EXPECT_EQ(Refusal("english and 50"), "column 13: expected a name, not \"50\"");
  EXPECT_EQ(Refusal("50 < english"), "column 1: expected a name, not \"50\"");
  EXPECT_EQ(Refusal("1 < tech < 5"), "column 1: expected a name, not \"1\"");
  EXPECT_EQ(Refusal("tech < 5 < 9"), "column 10: expected and, or, or the end, not \"<\"");
}

TEST(RequirementTest, BrokenTextsAreRefusedWhereTheyBreak) {
  EXPECT_EQ(Refusal("english and"), "column 12: the expression ends where a name is expected");
  EXPECT_EQ(Refusal("(english"), "column 9: the parenthesis of column 1 is not closed");
  EXPECT_EQ(Refusal("english)"), "column 8: expected and, or, or the end, not \")\"");
  EXPECT_EQ(Refusal("english tech"), "column 9: expected and, or, or the end, not \"tech\"");
  EXPECT_EQ(Refusal("english = 5"), "column 9: unexpected character '='");
  EXPECT_EQ(Refusal("english && tech"), "column 9: unexpected character '&'");
  EXPECT_EQ(Refusal("english > 5.5"), "column 11: \"5.5\" is not a whole number");
  EXPECT_EQ(Refusal("english > 5x"), "column 11: \"5x\" is not a whole number");
  EXPECT_EQ(Refusal("english > 99999999999999999999"), "column 11: the number is too large");
  EXPECT_EQ(Refusal("tech == \"x"), "column 9: the text that begins here has no closing quote");
  EXPECT_EQ(Refusal("not"), "column 4: the expression ends where a name is expected");
  EXPECT_EQ(Refusal("()"), "column 2: expected a name, not \")\"");
}

TEST(RequirementTest, DepthPartsAndLengthAreBounded) {
  const auto nested = [](int depth) {
    return std::string(depth, '(') + "tech" + std::string(depth, ')');
  };
  EXPECT_EQ(Refusal(nested(kExpressionDepthMax)), "accepted");
  EXPECT_EQ(Refusal(nested(kExpressionDepthMax + 1)), "column 33: nested more than 32 deep");
  std::string nots;
  for (int i = 0; i <= kExpressionDepthMax; ++i) nots += "not ";
  EXPECT_EQ(Refusal(nots + "tech"), "column 129: nested more than 32 deep");
  std::string wide = "tech";
  for (int i = 0; i < 127; ++i) wide += " or tech";
  EXPECT_EQ(Refusal(wide), "accepted");
  EXPECT_EQ(Refusal(wide + " or tech"), "column 1029: more than 256 parts");
  EXPECT_EQ(Refusal(std::string(kExpressionTextMax + 1, ' ')),
            "column 2000: longer than 2000 bytes");
}

TEST(RequirementTest, CanonicalTextHasOneSpellingAndCompilesToItself) {
  EXPECT_EQ(Compiled(" ((english>=50))and( billing or(tech>30) )and not(trainee)").Canonical(),
            "english >= 50 and (billing or tech > 30) and not trainee");
  EXPECT_EQ(Compiled("(english and tech) or billing").Canonical(), "english and tech or billing");
  EXPECT_EQ(Compiled("not (english and tech)").Canonical(), "not (english and tech)");
  EXPECT_EQ(Compiled("not not english").Canonical(), "not not english");
  const std::string once = Compiled("not (english or tech) and billing != +5").Canonical();
  EXPECT_EQ(Compiled(once).Canonical(), once);
}

TEST(RequirementTest, NamedSkillsAreDistinctAndOutsideNot) {
  using Skills = std::vector<std::int32_t>;
  EXPECT_EQ(Compiled("tech > 5 and (english or tech) and not trainee").NamedSkills(),
            (Skills{0, 2}));
  EXPECT_EQ(Compiled("not (english or not tech)").NamedSkills(), Skills{});
}

TEST(RequirementTest, AndNeedsBothAndKeepsTheirMeaning) {
  const Requirement both =
      Requirement::And(Compiled("english or billing"), Compiled("tech or trainee"));
  EXPECT_EQ(both.Canonical(), "(english or billing) and (tech or trainee)");
  EXPECT_EQ(both.NamedSkills().size(), 4u);
  EXPECT_TRUE(both.Evaluate(Levels({{"billing", 1}, {"trainee", 1}})));
  EXPECT_FALSE(both.Evaluate(Levels({{"english", 1}, {"billing", 1}})));
  EXPECT_FALSE(both.Evaluate(Levels({{"tech", 1}})));
}

TEST(RequirementTest, AndWithTheEmptyRequirementChangesNothing) {
  const Requirement tech = Compiled("tech");
  EXPECT_EQ(Requirement::And(Requirement{}, tech), tech);
  EXPECT_EQ(Requirement::And(tech, Requirement{}), tech);
}

class ConditionTest : public testing::Test {
 protected:
  bool Holds(std::string_view text) {
    const auto condition = Condition::Compile(text);
    EXPECT_TRUE(condition.ok()) << text << ": "
                                << (condition.ok() ? "" : condition.error().message);
    return condition.ok() && condition->Evaluate({.channel = Channel::kChat,
                                                  .queue = queue_,
                                                  .priority = 3,
                                                  .contact = contact_,
                                                  .customer = customer_});
  }

  static std::string Refusal(std::string_view text) {
    const auto condition = Condition::Compile(text);
    if (condition.ok()) return "accepted";
    EXPECT_EQ(condition.error().reason, "BAD_CONDITION");
    return condition.error().message;
  }

  QueueId queue_{"support"};
  Attributes contact_{{"intent", "complaint"}, {"vip", "true"}, {"size", "large"}};
  Attributes customer_{{"tier", "gold"}, {"open_cases", "2"}, {"blocked", "false"}};
};

TEST_F(ConditionTest, ComparesTextsOfContactAndCustomer) {
  EXPECT_TRUE(Holds("customer.tier == \"gold\""));
  EXPECT_TRUE(Holds("customer.tier == 'gold'"));
  EXPECT_FALSE(Holds("customer.tier != \"gold\""));
  EXPECT_TRUE(Holds("contact.intent == \"complaint\" and customer.open_cases > 0"));
  EXPECT_FALSE(Holds("contact.intent == \"complaint\" and customer.open_cases > 2"));
}

TEST_F(ConditionTest, ReadsTheContactsOwnFields) {
  EXPECT_TRUE(Holds("contact.channel == \"chat\""));
  EXPECT_FALSE(Holds("contact.channel == \"voice\""));
  EXPECT_TRUE(Holds("contact.queue == \"support\""));
  EXPECT_TRUE(Holds("contact.priority >= 3"));
  EXPECT_FALSE(Holds("contact.priority > 3"));
}

TEST_F(ConditionTest, AnyComparisonWithAMissingFieldIsFalse) {
  EXPECT_FALSE(Holds("customer.language == \"en\""));
  EXPECT_FALSE(Holds("customer.language != \"en\""));
  EXPECT_TRUE(Holds("not customer.language == \"en\""));
  EXPECT_FALSE(Holds("customer.age < 5"));
}

TEST_F(ConditionTest, ANumberIsNeverComparedWithAFieldThatHoldsNone) {
  EXPECT_FALSE(Holds("contact.size > 5"));
  EXPECT_FALSE(Holds("contact.size != 5"));
}

TEST_F(ConditionTest, ABareNameHoldsOfWhatIsThereAndNotFalse) {
  EXPECT_TRUE(Holds("contact.vip"));
  EXPECT_TRUE(Holds("contact.vip == true"));
  EXPECT_FALSE(Holds("customer.blocked"));
  EXPECT_FALSE(Holds("contact.absent"));
}

TEST_F(ConditionTest, IllTypedConditionsAreRefused) {
  EXPECT_EQ(Refusal("customer.tier > \"gold\""), "column 17: only numbers can be compared with >");
  EXPECT_EQ(Refusal("contact.vip < true"), "column 15: only numbers can be compared with <");
  EXPECT_EQ(Refusal("contact.priority == \"high\""), "column 21: contact.priority is a number");
  EXPECT_EQ(Refusal("contact.queue == 5"), "column 18: contact.queue is a text");
  EXPECT_EQ(Refusal("contact.channel == \"vioce\""),
            "column 20: no channel \"vioce\"; did you mean \"voice\"?");
}

TEST_F(ConditionTest, NamesOutsideContactAndCustomerAreRefused) {
  EXPECT_EQ(Refusal("tier == \"gold\""),
            "column 1: \"tier\" is no field of a contact or a customer");
  EXPECT_EQ(Refusal("customer. == 1"),
            "column 1: \"customer.\" is no field of a contact or a customer");
  EXPECT_EQ(Refusal(""), "column 1: the condition is empty");
}

TEST_F(ConditionTest, TimesAreTyped) {
  EXPECT_EQ(Refusal("time.hour == 24"), "column 14: time.hour is a number from 0 to 23");
  EXPECT_EQ(Refusal("time.hour == \"9\""), "column 14: time.hour is a number from 0 to 23");
  EXPECT_EQ(Refusal("time.minute < 60"), "column 15: time.minute is a number from 0 to 59");
  EXPECT_EQ(Refusal("time.weekday == \"monday\""), "column 17: time.weekday is a day of the week");
  EXPECT_EQ(Refusal("time.weekday >= \"fri\""),
            "column 17: time.weekday is no number, and weeks begin where one likes");
  EXPECT_EQ(Refusal("time.date == \"2026-02-30\""), "column 14: time.date is a date");
  EXPECT_EQ(Refusal("time.of_day < \"9:30\""), "column 15: time.of_day is a time of day");
  EXPECT_EQ(Refusal("time.hour"), "column 1: time.hour stands alone");
  EXPECT_EQ(Refusal("time.huor == 1"), "column 1: no time.huor; did you mean \"hour\"?");
}

TEST_F(ConditionTest, HoursAreThoseOfTheDomain) {
  const std::vector<std::string> hours = {"business"};
  EXPECT_TRUE(Condition::Compile("not hours.business and hours.business != true", hours).ok());
  const auto unknown = Condition::Compile("hours.busines", hours);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().message, "column 1: no hours \"busines\"; did you mean \"business\"?");
  const auto typed = Condition::Compile("hours.business == 1", hours);
  ASSERT_FALSE(typed.ok());
  EXPECT_EQ(typed.error().message, "column 19: hours are open or not");
}

TEST_F(ConditionTest, WhatNoClockShowsCanNeverHold) {
  const auto can_hold = [](std::string_view text) { return Condition::Compile(text)->CanHold({}); };
  EXPECT_EQ(can_hold("time.hour < 9 and time.hour > 17"), false);
  EXPECT_EQ(can_hold("time.hour < 9 or time.hour > 17"), true);
  EXPECT_EQ(can_hold("time.of_day > \"23:59\""), false);
  EXPECT_EQ(can_hold("time.weekday == \"mon\" and time.weekday == \"tue\""), false);
}

TEST_F(ConditionTest, LooksIntoAttributes) {
  contact_ = {{"mail_subject", "Re: INVOICE 4711 – 发票"}, {"mail_from", "Ann@Bank.Example"}};
  EXPECT_TRUE(Holds("contact.mail_subject contains \"invoice\""));
  EXPECT_TRUE(Holds("contact.mail_subject contains \"发票\""));
  EXPECT_FALSE(Holds("contact.mail_subject contains \"refund\""));
  EXPECT_FALSE(Holds("contact.mail_subject contains \"in*ice\""));
  EXPECT_TRUE(Holds("contact.mail_subject matches \"*in*ice 4*\""));
  EXPECT_TRUE(Holds("contact.mail_from matches \"*@bank.example\""));
  EXPECT_FALSE(Holds("contact.mail_from matches \"@bank.example\""));
  EXPECT_FALSE(Holds("contact.mail_from matches \"*@bank\""));
  EXPECT_FALSE(Holds("contact.mail_text contains \"a\""));
  EXPECT_TRUE(Holds("not contact.mail_text matches \"*\""));
}

TEST_F(ConditionTest, OnlyTextsOfAttributesAreLookedInto) {
  EXPECT_EQ(Refusal("contact.a contains 5"), "column 20: contains looks for a text");
  EXPECT_EQ(Refusal("contact.a matches \"\""), "column 19: matches looks for a text");
  EXPECT_EQ(Refusal("contact.channel contains \"ch\""),
            "column 26: only attributes are looked into with contains");
  EXPECT_EQ(Refusal("time.date matches \"2026*\""),
            "column 19: only attributes are looked into with matches");
}

TEST_F(ConditionTest, WhatIsLookedIntoTwiceIsNotTried) {
  const auto can_hold = [](std::string_view text) { return Condition::Compile(text)->CanHold({}); };
  EXPECT_EQ(can_hold("contact.a contains \"x\" and contact.b matches \"*y\""), true);
  EXPECT_EQ(can_hold("contact.a contains \"x\" and contact.a contains \"y\""), std::nullopt);
}

TEST_F(ConditionTest, CanonicalTextCompilesToItself) {
  const auto condition = Condition::Compile("(customer.tier=='gold')and not contact.vip");
  ASSERT_TRUE(condition.ok());
  EXPECT_EQ(condition->Canonical(), "customer.tier == \"gold\" and not contact.vip");
  const auto looks = Condition::Compile("contact.a contains 'x' or contact.b   matches \"*y\"");
  EXPECT_EQ(looks->Canonical(), "contact.a contains \"x\" or contact.b matches \"*y\"");
  const auto of_time = Condition::Compile("time.of_day<'09:30' or time.hour>17");
  ASSERT_TRUE(of_time.ok());
  EXPECT_EQ(of_time->Canonical(), "time.of_day < \"09:30\" or time.hour > 17");
}

}  // namespace
}  // namespace usher::engine
