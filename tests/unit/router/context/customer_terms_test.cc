// SPDX-License-Identifier: Apache-2.0
#include "router/context/customer_terms.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "router/context/customer_index.h"
#include "router/context/folding.h"

namespace usher::context {
namespace {

v1::Customer Named(const std::string& name) {
  v1::Customer customer;
  customer.set_name(name);
  return customer;
}

v1::Customer WithAddress(const std::string& kind, const std::string& value) {
  v1::Customer customer;
  v1::Identity& identity = *customer.add_identities();
  identity.set_kind(kind);
  identity.set_value(value);
  return customer;
}

bool Finds(const std::string& query, const v1::Customer& customer,
           std::string_view calling_code = "") {
  return FitOf(ToQuery(query, calling_code), TermsOf(customer, {"account"})).has_value();
}

bool IsExact(const std::string& query, const v1::Customer& customer) {
  const auto fit = FitOf(ToQuery(query, ""), TermsOf(customer, {}));
  return fit && fit->exact;
}

TEST(FoldingTest, WordsLoseCaseAccentsAndApostrophes) {
  const auto texts = [](std::string_view text) {
    std::vector<std::string> out;
    for (const FoldedWord& word : FoldWords(text)) out.push_back(word.text);
    return out;
  };
  using Texts = std::vector<std::string>;
  EXPECT_EQ(texts("Anna MÜLLER-Straße"), (Texts{"anna", "muller", "strasse"}));
  EXPECT_EQ(texts("O'Brien"), (Texts{"obrien"}));
  EXPECT_EQ(texts("Łukasz Nguyễn"), (Texts{"lukasz", "nguyen"}));
  EXPECT_EQ(texts("Иван Петров"), (Texts{"иван", "петров"}));
  EXPECT_EQ(texts("王小明Wang"), (Texts{"王小明", "wang"}));
  EXPECT_EQ(texts("Ｗａｎｇ"), (Texts{"wang"}));
  EXPECT_EQ(texts(" \x01 "), Texts{});
}

TEST(FoldingTest, BytesThatAreNoUtf8DoNoHarm) {
  const std::string broken = "M\xff\xfe\xc3";
  EXPECT_EQ(FoldWords(broken).size(), 1U);
  EXPECT_FALSE(FoldCase(broken).empty());
}

TEST(FoldingTest, ACutEndsWithAWholeLetter) {
  EXPECT_EQ(CutAtLetter("王小明", 7), "王小");
  EXPECT_EQ(CutAtLetter("ann", 7), "ann");
}

TEST(CustomerTermsTest, ANameIsFoundByTheStartOfAnyWord) {
  EXPECT_TRUE(Finds("a", Named("Ann Lee")));
  EXPECT_TRUE(Finds("le", Named("Ann Lee")));
  EXPECT_TRUE(Finds("lee a", Named("Ann Lee")));
  EXPECT_TRUE(Finds("ann lee", Named("Ann Lee")));
  EXPECT_FALSE(Finds("nn", Named("Ann Lee")));
  EXPECT_FALSE(Finds("ann lea", Named("Ann Lee")));
}

TEST(CustomerTermsTest, ANameIsFoundWithoutItsAccents) {
  EXPECT_TRUE(Finds("muller", Named("Jürgen Müller")));
  EXPECT_TRUE(Finds("Müll", Named("Jürgen Müller")));
  EXPECT_TRUE(Finds("ivan", Named("Иван Петров")));
  EXPECT_TRUE(Finds("петр", Named("Иван Петров")));
}

TEST(CustomerTermsTest, AChineseNameIsFoundByItsPartsAndInLatinLetters) {
  const v1::Customer wang = Named("王小明");
  for (const char* query : {"王", "王小", "小明", "明", "wang", "wangxiaoming", "Wang Xiaoming",
                            "xiaoming wang", "xiaoming", "wang xiao ming"}) {
    EXPECT_TRUE(Finds(query, wang)) << query;
  }
  EXPECT_FALSE(Finds("汪", wang));
  EXPECT_FALSE(Finds("王明", wang));
}

TEST(CustomerTermsTest, JapaneseAndKoreanNamesAreFoundByTheGivenName) {
  EXPECT_TRUE(Finds("太郎", Named("山田 太郎")));
  EXPECT_TRUE(Finds("山田太郎", Named("山田 太郎")));
  EXPECT_TRUE(Finds("철수", Named("김철수")));
  EXPECT_TRUE(Finds("gim", Named("김철수")));
}

TEST(CustomerTermsTest, WordsMayBeInAnyOrderAndAllMustFit) {
  const v1::Customer customer = Named("Maria del Carmen Ruiz");
  EXPECT_TRUE(Finds("ruiz maria", customer));
  EXPECT_TRUE(Finds("car mar", customer));
  EXPECT_FALSE(Finds("maria lopez", customer));
}

TEST(CustomerTermsTest, WholeWordsAreExact) {
  EXPECT_TRUE(IsExact("ann", Named("Ann Lee")));
  EXPECT_TRUE(IsExact("lee ann", Named("Ann Lee")));
  EXPECT_FALSE(IsExact("an", Named("Ann Lee")));
  EXPECT_TRUE(IsExact("小明", Named("王小明")));
  EXPECT_FALSE(IsExact("王", Named("王小明")));
}

TEST(CustomerTermsTest, APhoneNumberIsFoundAsItIsWrittenHere) {
  const v1::Customer berlin = WithAddress("phone", "+4930123456");
  for (const char* query : {"+49 30 123", "0049 30 1234", "030 / 12 34", "4930123456", "30123"}) {
    EXPECT_TRUE(Finds(query, berlin, "49")) << query;
  }
  EXPECT_FALSE(Finds("030 1234", berlin, ""));
  EXPECT_TRUE(Finds("138 0013", WithAddress("phone", "+8613800138000"), "86"));
  EXPECT_TRUE(Finds("+16502530000", WithAddress("phone", "+16502530000;ext=12")));
  EXPECT_TRUE(Finds("06 1234", WithAddress("phone", "+39061234"), "39"));
}

TEST(CustomerTermsTest, AMailAddressIsFoundByItsStart) {
  const v1::Customer mei = WithAddress("email", "mei.lin@example.com");
  EXPECT_TRUE(Finds("mei.l", mei));
  EXPECT_TRUE(Finds("Mei.Lin@Example", mei));
  EXPECT_FALSE(Finds("lin@example", mei));
}

TEST(CustomerTermsTest, OnlySearchableFieldsAreTerms) {
  v1::Customer customer;
  (*customer.mutable_fields())["account"] = "AC-4711/b";
  (*customer.mutable_fields())["secret"] = "hidden";
  EXPECT_TRUE(Finds("ac-47", customer));
  EXPECT_FALSE(Finds("hidden", customer));
}

TEST(CustomerTermsTest, WhatFitsIsNamedOnce) {
  v1::Customer customer = Named("Mei Mei");
  *customer.add_identities() = WithAddress("email", "mei@example.com").identities(0);
  const auto fit = FitOf(ToQuery("mei", ""), TermsOf(customer, {}));
  ASSERT_TRUE(fit.has_value());
  EXPECT_EQ(fit->matched, (std::vector<std::string>{"email", "name"}));
}

TEST(CustomerTermsTest, TermsAreFewAndShortHoweverLongTheRecord) {
  v1::Customer customer;
  std::string name;
  for (int i = 0; i < 100; ++i) name += "word" + std::to_string(i) + " 汉字";
  customer.set_name(name);
  for (int i = 0; i < 1000; ++i) {
    *customer.add_identities() =
        WithAddress("web", "user" + std::to_string(i) + std::string(300, 'x')).identities(0);
  }
  const std::vector<Term> terms = TermsOf(customer, {});
  EXPECT_LE(terms.size(), kTermsMax);
  EXPECT_TRUE(std::ranges::all_of(
      terms, [](const Term& term) { return term.text.size() <= kTermBytesMax; }));
}

TEST(CustomerTermsTest, NamesInOtherOrderAreTheSame) {
  EXPECT_EQ(FoldedName("Lee, Ann"), FoldedName("Ann LEE"));
  EXPECT_NE(FoldedName("Ann Lee"), FoldedName("Ann Lees"));
}

TEST(ShardTest, SpreadsByTheFirstLetters) {
  EXPECT_EQ(ShardOf("wang fang"), "wa");
  EXPECT_EQ(ShardOf("w"), "w");
  EXPECT_EQ(ShardOf("w ang"), "w_");
  EXPECT_EQ(ShardOf("8613800138000"), "8613");
  EXPECT_EQ(ShardOf("}evil"), "_e");
  EXPECT_EQ(ShardOf("王小明"), "=e78e8b");
}

}  // namespace
}  // namespace usher::context
