// SPDX-License-Identifier: Apache-2.0
#include "router/service/profile_rules.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "router/service/refused_words.h"

namespace usher::service {
namespace {

using context::v1::Customer;
using context::v1::UpdateCustomerRequest;
using engine::FieldType;

class ProfileRulesTest : public testing::Test {
 protected:
  ProfileRulesTest() {
    domain_.id = DomainId{"acme"};
    domain_.agents.push_back({.id = AgentId{"ann"}});
    domain_.customers.tiers = {"gold", "silver"};
    domain_.customers.fields = {{.id = "account"},
                                {.id = "height", .type = FieldType::kNumber},
                                {.id = "insured", .type = FieldType::kBoolean},
                                {.id = "born", .type = FieldType::kDate},
                                {.id = "colour", .type = FieldType::kChoice, .choices = {"red"}}};
    domain_.customers.refused_words = {"fool"};
  }

  Error Refusal(const UpdateCustomerRequest& request) {
    RefusedWords words;
    const Result<void> result =
        CheckProfile(request, domain_, [&](std::string_view what, std::string_view text) {
          return words.Check(domain_.id, domain_.customers, what, text);
        });
    return result.ok() ? Error{} : result.error();
  }

  Error FieldRefusal(const std::string& field, const std::string& value) {
    UpdateCustomerRequest request;
    (*request.mutable_fields())[field] = value;
    return Refusal(request);
  }

  engine::Domain domain_;
};

TEST_F(ProfileRulesTest, AFieldHoldsValuesOfItsTypeAlone) {
  for (const auto& [field, value] :
       std::vector<std::pair<std::string, std::string>>{{"account", "4711"},
                                                        {"height", "-12.50"},
                                                        {"height", "0"},
                                                        {"insured", "true"},
                                                        {"born", "2024-02-29"},
                                                        {"colour", "red"},
                                                        {"colour", ""},
                                                        {"gone", ""}}) {
    EXPECT_EQ(FieldRefusal(field, value).reason, "") << field << '=' << value;
  }
  for (const auto& [field, value] :
       std::vector<std::pair<std::string, std::string>>{{"height", "tall"},
                                                        {"height", "1."},
                                                        {"height", "."},
                                                        {"height", "1e9"},
                                                        {"insured", "yes"},
                                                        {"born", "2026-02-29"},
                                                        {"born", "22.11.2026"},
                                                        {"born", "2026-1-1x"},
                                                        {"colour", "blue"}}) {
    EXPECT_EQ(FieldRefusal(field, value).reason, "BAD_FIELD_VALUE") << field << '=' << value;
  }
  EXPECT_EQ(FieldRefusal("account", std::string(2000, 'a')).reason, "TOO_LONG");
}

TEST_F(ProfileRulesTest, AnUnknownFieldIsNamedWithTheNearest) {
  const Error error = FieldRefusal("acount", "1");
  EXPECT_EQ(error.reason, "UNKNOWN_FIELD");
  EXPECT_NE(error.message.find("\"account\""), std::string::npos) << error.message;
}

TEST_F(ProfileRulesTest, TiersAreThoseThatAreDeclared) {
  UpdateCustomerRequest request;
  request.set_tier("gold");
  EXPECT_EQ(Refusal(request).reason, "");
  request.set_tier("golden");
  EXPECT_EQ(Refusal(request).reason, "UNKNOWN_TIER");
  domain_.customers.tiers.clear();
  EXPECT_EQ(Refusal(request).reason, "");
}

TEST_F(ProfileRulesTest, ALanguageHasTheFormOfATag) {
  for (const char* language : {"en", "zh-CN", "zh-Hant-TW", "de-CH-1996", "x-klingon", ""}) {
    UpdateCustomerRequest request;
    request.set_language(language);
    EXPECT_EQ(Refusal(request).reason, "") << language;
  }
  for (const char* language : {"e", "english language", "zh_CN", "-", "en-", "toolonglanguage"}) {
    UpdateCustomerRequest request;
    request.set_language(language);
    EXPECT_EQ(Refusal(request).reason, "BAD_LANGUAGE") << language;
  }
}

TEST_F(ProfileRulesTest, TheOwnerIsAnAgentOfTheDomain) {
  UpdateCustomerRequest request;
  request.set_relationship_owner("ann");
  EXPECT_EQ(Refusal(request).reason, "");
  request.set_relationship_owner("bob");
  EXPECT_EQ(Refusal(request).reason, "UNKNOWN_AGENT");
}

TEST_F(ProfileRulesTest, RefusedWordsAreRefusedInNamesTagsAndTexts) {
  UpdateCustomerRequest name;
  name.set_name("Mei the FOOL");
  EXPECT_EQ(Refusal(name).reason, "WORD_REFUSED");
  EXPECT_NE(Refusal(name).message.find("\"fool\""), std::string::npos);
  UpdateCustomerRequest tag;
  tag.add_add_tags("fool");
  EXPECT_EQ(Refusal(tag).reason, "WORD_REFUSED");
  EXPECT_EQ(FieldRefusal("account", "a fool").reason, "WORD_REFUSED");
  name.set_name("Mei Foolbright");
  EXPECT_EQ(Refusal(name).reason, "");
}

TEST_F(ProfileRulesTest, AConsentReplacesTheOneOfItsPurposeAndHasATime) {
  Customer customer;
  UpdateCustomerRequest request;
  request.add_consents()->set_purpose("marketing");
  request.mutable_consents(0)->set_granted(true);
  ASSERT_TRUE(ApplyProfile(request, InstantFromUnixMs(1000), customer).ok());
  request.mutable_consents(0)->set_granted(false);
  ASSERT_TRUE(ApplyProfile(request, InstantFromUnixMs(2000), customer).ok());
  ASSERT_EQ(customer.consents_size(), 1);
  EXPECT_FALSE(customer.consents(0).granted());
  EXPECT_EQ(customer.consents(0).at().seconds(), 2);
  request.mutable_consents(0)->clear_purpose();
  EXPECT_EQ(Refusal(request).reason, "BAD_CONSENT");
}

TEST_F(ProfileRulesTest, WhatIsOutOfBoundsIsRefused) {
  UpdateCustomerRequest request;
  request.set_name(std::string(257, 'a'));
  EXPECT_EQ(Refusal(request).reason, "TOO_LONG");
  request.set_name("two\nlines");
  EXPECT_EQ(Refusal(request).reason, "BAD_TEXT");
  request.clear_name();
  request.set_value(-1);
  EXPECT_EQ(Refusal(request).reason, "BAD_VALUE");
  request.clear_value();
  request.set_type(static_cast<context::v1::CustomerType>(99));
  EXPECT_EQ(Refusal(request).reason, "BAD_TYPE");
}

}  // namespace
}  // namespace usher::service
