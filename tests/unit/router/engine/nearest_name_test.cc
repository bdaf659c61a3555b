// SPDX-License-Identifier: Apache-2.0
#include "router/engine/nearest_name.h"

#include <vector>

#include <gtest/gtest.h>

namespace usher::engine {
namespace {

const std::vector<std::string> kNames = {"english", "mandarin", "billing", "tech"};

TEST(NearestNameTest, FindsASlipOfTheKeys) {
  EXPECT_EQ(NearestName("englsh", kNames), "english");
  EXPECT_EQ(NearestName("bililng", kNames), "billing");
  EXPECT_EQ(NearestName("tehc", kNames), "tech");
}

TEST(NearestNameTest, SuggestsNothingFarOff) {
  EXPECT_EQ(NearestName("cooking", kNames), "");
  EXPECT_EQ(NearestName(std::string(1000, 'e'), kNames), "");
  EXPECT_EQ(NearestName("x", std::vector<std::string>{"y"}), "");
}

TEST(NearestNameTest, NamesTheNearestAtAllWhereAsked) {
  EXPECT_EQ(NearestNameAtAll("bill", kNames), "billing");
  EXPECT_EQ(NearestNameAtAll("manners", kNames), "mandarin");
  EXPECT_EQ(NearestNameAtAll(std::string(1000, 't'), kNames), "tech");
  EXPECT_EQ(NearestNameAtAll("x", {}), "");
}

TEST(NearestNameTest, SaysItAsAQuestion) {
  EXPECT_EQ(DidYouMean("mandarine", kNames), "; did you mean \"mandarin\"?");
  EXPECT_EQ(DidYouMean("cooking", kNames), "");
}

TEST(NearestNameTest, SaysTheNearestAtAllWhereNoneIsNear) {
  EXPECT_EQ(DidYouMeanAtAll("mandarine", kNames), "; did you mean \"mandarin\"?");
  EXPECT_EQ(DidYouMeanAtAll("bill", kNames), "; the nearest is \"billing\"");
  EXPECT_EQ(DidYouMeanAtAll("cooking", {}), "");
}

}  // namespace
}  // namespace usher::engine
