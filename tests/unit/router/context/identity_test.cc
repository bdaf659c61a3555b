// SPDX-License-Identifier: Apache-2.0
#include "router/context/identity.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace usher::context {
namespace {

v1::Identity Told(const std::string& kind, const std::string& value) {
  v1::Identity identity;
  identity.set_kind(kind);
  identity.set_value(value);
  return identity;
}

// The normal form, or the reason why there is none.
std::string NormalForm(const std::string& kind, const std::string& value,
                       const std::string& country = "") {
  const Result<v1::Identity> identity = Normalised(Told(kind, value), country);
  return identity.ok() ? identity->value() : identity.error().reason;
}

std::vector<std::string> Former(const std::string& value, const std::string& country) {
  const v1::Identity told = Told("phone", value);
  return FormerValues(told, *Normalised(told, country), country);
}

TEST(IdentityTest, ANumberIsTheSameHoweverItIsWritten) {
  struct Case {
    const char* country;
    const char* told;
    const char* normal;
  };
  for (const Case& one : std::vector<Case>{
           {"CN", "138 0013 8000", "+8613800138000"},
           {"CN", "+86 138-0013-8000", "+8613800138000"},
           {"CN", "0086 13800138000", "+8613800138000"},
           {"CN", "8613800138000", "+8613800138000"},
           {"CN", "１３８００１３８０００", "+8613800138000"},
           {"CN", "(010) 1234-5678", "+861012345678"},
           {"CN", "400-810-8888", "+864008108888"},
           {"DE", "030 1234567", "+49301234567"},
           {"CN", "+49 (0)30 1234567", "+49301234567"},
           {"US", "(650) 253-0000", "+16502530000"},
           {"US", "1-800-FLOWERS", "+18003569377"},
           {"GB", "020 7946 0018", "+442079460018"},
           {"IT", "06 12345678", "+390612345678"},
           {"FR", "06 12 34 56 78", "+33612345678"},
           {"IN", "098765 43210", "+919876543210"},
           {"JP", "090-1234-5678", "+819012345678"},
           {"BR", "(11) 96123-4567", "+5511961234567"},
           {"RU", "8 (912) 345-67-89", "+79123456789"},
           {"HK", "6123 4567", "+85261234567"},
           {"EG", "٠١٠٠١٢٣٤٥٦٧", "+201001234567"},
           {"", "+8613800138000", "+8613800138000"},
           {"", "+44 20 7946 0018", "+442079460018"},
           {"", "tel:+1-201-555-0123", "+12015550123"},
       }) {
    EXPECT_EQ(NormalForm("phone", one.told, one.country), one.normal)
        << one.told << " in " << one.country;
  }
}

TEST(IdentityTest, AnExtensionIsAnotherPersons) {
  EXPECT_EQ(NormalForm("phone", "+1 650 253 0000 ext. 12"), "+16502530000;ext=12");
  EXPECT_EQ(NormalForm("phone", "+16502530000;ext=12"), "+16502530000;ext=12");
}

TEST(IdentityTest, WhatIsNoValidNumberStaysAsItsDigits) {
  EXPECT_EQ(NormalForm("phone", "1001", "CN"), "1001");
  EXPECT_EQ(NormalForm("phone", "95588", "CN"), "95588");
  EXPECT_EQ(NormalForm("phone", "110", "CN"), "110");
  EXPECT_EQ(NormalForm("phone", "138 0013 8000", ""), "13800138000");
  EXPECT_EQ(NormalForm("phone", "+999 12 34", "CN"), "+9991234");
}

TEST(IdentityTest, ANumberOfARangeThatNobodyIsKnownToHaveIsReadAllTheSame) {
  EXPECT_EQ(NormalForm("phone", "01632 960001", "GB"), "+441632960001");
  EXPECT_EQ(NormalForm("phone", "+44 1632 960001", ""), "+441632960001");
  EXPECT_EQ(NormalForm("phone", "960001", "GB"), "960001");
}

TEST(IdentityTest, RubbishIsNoNumber) {
  for (const char* told : {"", "  ", "12", "hello", "+", "mei@example.com",
                           "123456789012345678901234567890", "1800\n1234"}) {
    EXPECT_EQ(NormalForm("phone", told, "CN"), "BAD_IDENTITY") << told;
  }
  EXPECT_EQ(NormalForm("phone", std::string(300, '1'), "CN"), "BAD_IDENTITY");
}

TEST(IdentityTest, TheNormalFormOfANumberIsItsOwn) {
  for (const char* normal : {"+8613800138000", "+390612345678", "1001", "+16502530000;ext=12"}) {
    EXPECT_EQ(NormalForm("phone", normal, "CN"), normal);
    EXPECT_EQ(NormalForm("phone", normal, ""), normal);
  }
}

TEST(IdentityTest, ANumberIsLookedForAsItWasWrittenBefore) {
  // As typed, with the trunk prefix, without; and as networks present it.
  const std::vector<std::string> beijing = Former("010 1234 5678", "CN");
  for (const char* value : {"01012345678", "1012345678", "861012345678"}) {
    EXPECT_NE(std::find(beijing.begin(), beijing.end(), value), beijing.end()) << value;
  }
  EXPECT_EQ(Former("+86 138 0013 8000", "CN"),
            (std::vector<std::string>{"8613800138000", "13800138000"}));
  // The national digits of another country could be anybody's here.
  EXPECT_EQ(Former("+49 30 1234567", "CN"), (std::vector<std::string>{"49301234567"}));
  EXPECT_TRUE(Former("1001", "CN").empty());
  EXPECT_TRUE(FormerValues(Told("email", "a@b.c"), Told("email", "a@b.c"), "CN").empty());
}

TEST(IdentityTest, AnEmailAddressIsInLowerCaseAndItsHostInLetters) {
  EXPECT_EQ(NormalForm("email", " Mei.Lin+Shop@Example.COM "), "mei.lin+shop@example.com");
  EXPECT_EQ(NormalForm("email", "info@BÜCHER.example"), "info@bücher.example");
  EXPECT_EQ(NormalForm("email", "info@xn--bcher-kva.example"), "info@bücher.example");
  EXPECT_EQ(NormalForm("email", "小美@例子.中国"), "小美@例子.中国");
  EXPECT_EQ(NormalForm("email", "a@localhost"), "a@localhost");
  EXPECT_EQ(NormalForm("email", "a@[192.0.2.1]"), "a@[192.0.2.1]");
  EXPECT_EQ(NormalForm("email", "a@example.com."), "a@example.com");
  // Providers have given such out, whatever the RFC says.
  EXPECT_EQ(NormalForm("email", "a..b.@docomo.example"), "a..b.@docomo.example");
}

TEST(IdentityTest, WhatIsNoEmailAddressIsRefused) {
  for (const std::string& told :
       {std::string("mei"), std::string("@example.com"), std::string("mei@"),
        std::string("mei lin@example.com"), std::string("<mei@example.com>"),
        std::string("mei@exa mple.com"), std::string("mei@-example.com"),
        std::string("mei@example..com"), std::string("mei@exam_ple.com"),
        std::string(65, 'a') + "@example.com", "a@" + std::string(64, 'a') + ".com"}) {
    EXPECT_EQ(NormalForm("email", told), "BAD_IDENTITY") << told;
  }
}

TEST(IdentityTest, OtherKindsStayAsTheyAre) {
  EXPECT_EQ(NormalForm("wechat", " oX7_aB-Cd "), "oX7_aB-Cd");
  EXPECT_EQ(NormalForm("web", "Mei Lin"), "Mei Lin");
  EXPECT_EQ(NormalForm("chat", "13800138000", "CN"), "13800138000");
  EXPECT_EQ(NormalForm("Chat", "v1"), "BAD_IDENTITY");
  EXPECT_EQ(NormalForm("", "v1"), "BAD_IDENTITY");
  EXPECT_EQ(NormalForm("web", std::string(257, 'a')), "BAD_IDENTITY");
}

}  // namespace
}  // namespace usher::context
