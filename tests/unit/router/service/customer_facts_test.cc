// SPDX-License-Identifier: Apache-2.0
#include "router/service/customer_facts.h"

#include <gtest/gtest.h>

namespace usher::service {
namespace {

using context::v1::Customer;

constexpr Instant kNow = InstantFromUnixMs(1'764'000'000'000);

Customer WithLastContact(Duration ago) {
  Customer customer;
  const std::int64_t at = ToUnixMs(kNow - ago);
  customer.mutable_last_contact_at()->set_seconds(at / 1'000);
  customer.mutable_last_contact_at()->set_nanos(static_cast<std::int32_t>(at % 1'000) * 1'000'000);
  return customer;
}

TEST(CustomerFactsTest, WhatIsNotKnownIsNotThere) {
  const auto facts = FactsOf(Customer(), {}, kNow);
  EXPECT_EQ(facts, (std::map<std::string, std::string>{{"contacts", "0"}, {"open_cases", "0"}}));
}

TEST(CustomerFactsTest, EverythingHasTheWordThatRulesUse) {
  Customer customer;
  customer.set_id("cu_1");
  customer.set_name("Mei Lin");
  customer.set_tier("gold");
  customer.set_language("zh");
  customer.set_type(context::v1::CUSTOMER_TYPE_CONTRACTED);
  customer.set_stage(context::v1::SALE_STAGE_AFTER);
  customer.set_value(120'000);
  customer.set_relationship_owner("cat");
  customer.set_last_agent("bob");
  customer.set_contacts(7);
  customer.set_open_cases(2);
  customer.add_tags("vip");
  auto& consent = *customer.add_consents();
  consent.set_purpose("recording");
  consent.set_granted(false);
  (*customer.mutable_fields())["plan"] = "fibre";
  (*customer.mutable_attributes())["city"] = "Wuhan";
  const auto facts = FactsOf(customer, {}, kNow);
  const std::map<std::string, std::string> expected = {
      {"id", "cu_1"},      {"name", "Mei Lin"},    {"tier", "gold"},
      {"language", "zh"},  {"type", "contracted"}, {"stage", "after"},
      {"value", "120000"}, {"owner", "cat"},       {"last_agent", "bob"},
      {"contacts", "7"},   {"open_cases", "2"},    {"tag_vip", "true"},
      {"plan", "fibre"},   {"city", "Wuhan"},      {"consent_recording", "false"}};
  EXPECT_EQ(facts, expected);
}

TEST(CustomerFactsTest, AFreeFactNeverReplacesABuiltInOne) {
  Customer customer;
  customer.set_tier("silver");
  (*customer.mutable_fields())["plan"] = "fibre";
  (*customer.mutable_attributes())["tier"] = "gold";
  (*customer.mutable_attributes())["plan"] = "copper";
  const auto facts = FactsOf(customer, {}, kNow);
  EXPECT_EQ(facts.at("tier"), "silver");
  EXPECT_EQ(facts.at("plan"), "fibre");
}

TEST(CustomerFactsTest, ARepeatIsWithinTheSpanOfThePolicy) {
  engine::CustomerPolicy policy;
  policy.repeat_within = std::chrono::days{7};
  const auto at = [&](Duration ago) { return FactsOf(WithLastContact(ago), policy, kNow); };
  EXPECT_EQ(at(std::chrono::days{7}).at("repeat"), "true");
  EXPECT_EQ(at(std::chrono::days{7} + Duration{1}).at("repeat"), "false");
  EXPECT_EQ(at(std::chrono::hours{47}).at("days_since_contact"), "1");
  // A clock that was set back makes nobody's last contact lie ahead.
  EXPECT_EQ(at(-std::chrono::hours{5}).at("days_since_contact"), "0");
}

}  // namespace
}  // namespace usher::service
