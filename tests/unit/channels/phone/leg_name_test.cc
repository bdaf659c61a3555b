// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/leg_name.h"

#include <gtest/gtest.h>

namespace usher::phone {
namespace {

TEST(LegNameTest, SaysWhoseItIsToWhoeverReadsItLater) {
  const LegName name{LegName::Kind::kAgent, "c42", "ann"};
  const std::string text = MakeLegName("usher", name);
  EXPECT_EQ(ParseLegName("usher", text), name);
  EXPECT_NE(MakeLegName("usher", name), text);
}

TEST(LegNameTest, IsNoneOfAnotherApplicationsOrOfAsterisksOwn) {
  const std::string text = MakeLegName("usher", {LegName::Kind::kAgent, "c42", "ann"});
  EXPECT_FALSE(ParseLegName("usher-two", text));
  EXPECT_FALSE(ParseLegName("usher", "1795283281.48"));
  EXPECT_FALSE(ParseLegName("usher", "usher.z.c42.ann.00"));
  EXPECT_FALSE(ParseLegName("usher", "usher.a..ann.00"));
  EXPECT_FALSE(ParseLegName("usher", ""));
}

TEST(LegNameTest, FindsTheContactOfABridge) {
  EXPECT_EQ(ContactOfBridge("usher", BridgeName("usher", "c42")), "c42");
  EXPECT_EQ(ContactOfBridge("usher", ApartName("usher", "c42", "sue")), "");
  EXPECT_EQ(OwnerOfBridge("usher", ApartName("usher", "c42", "sue")), "c42");
  EXPECT_EQ(OwnerOfBridge("usher", BridgeName("usher", "c42")), "c42");
  EXPECT_EQ(OwnerOfBridge("usher", "somebody-elses"), "");
}

}  // namespace
}  // namespace usher::phone
