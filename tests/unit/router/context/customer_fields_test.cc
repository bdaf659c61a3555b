// SPDX-License-Identifier: Apache-2.0
#include "router/context/customer_fields.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace usher::context {
namespace {

using Names = std::vector<std::string>;

v1::Customer Mei() {
  v1::Customer customer;
  customer.set_version(3);
  customer.set_name("Mei");
  customer.set_tier("gold");
  customer.add_tags("vip");
  (*customer.mutable_fields())["account"] = "4711";
  v1::Identity& phone = *customer.add_identities();
  phone.set_kind("phone");
  phone.set_value("+8613800138000");
  return customer;
}

v1::CustomerChange ChangeTo(const v1::Customer& after) {
  v1::CustomerChange change;
  *change.mutable_before() = Mei();
  *change.mutable_after() = after;
  change.set_id("1-0");
  return change;
}

std::string ReasonOf(const Result<void>& result) {
  return result.ok() ? "" : result.error().reason;
}

TEST(CustomerFieldsTest, EachFieldThatDiffersIsNamedOnce) {
  v1::Customer after = Mei();
  EXPECT_EQ(ChangedFields(Mei(), after), Names{});
  after.set_name("Lin");
  after.set_value(5);
  after.add_tags("a");
  after.add_tags("b");
  after.mutable_identities(0)->set_verified(true);
  (*after.mutable_fields())["account"] = "";
  after.add_consents()->set_purpose("marketing");
  after.set_contacts(9);  // counted elsewhere
  after.set_version(4);
  EXPECT_EQ(ChangedFields(Mei(), after),
            (Names{"consents.marketing", "fields.account", "identities", "name", "tags", "value"}));
}

TEST(CustomerFieldsTest, AChangeIsTakenBackFieldByField) {
  v1::Customer after = Mei();
  after.set_name("Defaced");
  after.clear_tags();
  after.clear_identities();
  (*after.mutable_fields())["account"] = "0";
  after.set_type(v1::CUSTOMER_TYPE_MEMBER);
  v1::Customer now = after;
  now.set_language("zh-CN");  // set since: it stays
  now.add_tags("new");
  ASSERT_TRUE(TakeBack(ChangeTo(after), now).ok());
  EXPECT_EQ(now.name(), "Mei");
  EXPECT_EQ(now.fields().at("account"), "4711");
  EXPECT_EQ(now.type(), v1::CUSTOMER_TYPE_UNSPECIFIED);
  EXPECT_EQ(now.language(), "zh-CN");
  EXPECT_EQ(now.tags_size(), 2);
  ASSERT_EQ(now.identities_size(), 1);
  EXPECT_EQ(now.identities(0).value(), "+8613800138000");
}

TEST(CustomerFieldsTest, WhatWasChangedSinceIsNamedAndNothingIsTakenBack) {
  v1::Customer after = Mei();
  after.set_name("Defaced");
  after.set_tier("");
  v1::Customer now = after;
  now.set_name("Mei Lin");
  const v1::Customer before = now;
  const Result<void> result = TakeBack(ChangeTo(after), now);
  EXPECT_EQ(ReasonOf(result), "CHANGED_SINCE");
  EXPECT_NE(result.error().message.find("name"), std::string::npos);
  EXPECT_EQ(result.error().message.find("tier"), std::string::npos);
  EXPECT_EQ(ChangedFields(before, now), Names{});
}

TEST(CustomerFieldsTest, WhatIsAsBeforeAlreadyStays) {
  v1::Customer after = Mei();
  after.set_name("Defaced");
  v1::Customer now = Mei();
  ASSERT_TRUE(TakeBack(ChangeTo(after), now).ok());
  EXPECT_EQ(ChangedFields(Mei(), now), Names{});
}

TEST(CustomerFieldsTest, NeitherACreationNorAMergeIsTakenBack) {
  v1::CustomerChange creation = ChangeTo(Mei());
  creation.clear_before();
  v1::Customer now = Mei();
  EXPECT_EQ(ReasonOf(TakeBack(creation, now)), "CREATION");
  v1::Customer merged = Mei();
  merged.set_merged_into("cu_other");
  now = merged;
  EXPECT_EQ(ReasonOf(TakeBack(ChangeTo(merged), now)), "UNDO_MERGE");
}

}  // namespace
}  // namespace usher::context
