// SPDX-License-Identifier: Apache-2.0
#include "channels/email/flowed_text.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

TEST(FlowedTextTest, AParagraphComesBackWhole) {
  std::string paragraph;
  for (int i = 0; i < 40; ++i) paragraph += "word" + std::to_string(i) + " ";
  paragraph.pop_back();
  const std::string text = "Hello,\n\n" + paragraph + "\n\nBye\n-- \nAnn\n";
  const std::string flowed = ToFlowed(text);
  for (std::size_t at = 0; at < flowed.size();) {
    const std::size_t end = flowed.find('\n', at);
    EXPECT_LE(end - at, 74U);
    at = end + 1;
  }
  EXPECT_EQ(FromFlowed(flowed, false), text);
}

TEST(FlowedTextTest, LinesThatWouldBeTakenForOthersAreStuffed) {
  EXPECT_EQ(ToFlowed(" indented\nFrom here\n"), "  indented\n From here\n");
  EXPECT_EQ(FromFlowed("  indented\n From here\n >no quote\n", false),
            " indented\nFrom here\n>no quote\n");
}

TEST(FlowedTextTest, QuotationsStayApart) {
  EXPECT_EQ(FromFlowed("> one \n> goes on\n>> two\nmine\n", false),
            "> one goes on\n> > two\nmine\n");
  EXPECT_EQ(ToFlowed("> as it is\n>\n"), "> as it is\n>\n");
}

TEST(FlowedTextTest, DelSpTakesTheBreakingSpaceOut) {
  EXPECT_EQ(FromFlowed("您好， \n世界\n", true), "您好，世界\n");
  EXPECT_EQ(FromFlowed("you \nand me\n", false), "you and me\n");
}

TEST(FlowedTextTest, ASignatureIsNoParagraph) {
  EXPECT_EQ(FromFlowed("text \n-- \nAnn\n", false), "text \n-- \nAnn\n");
}

}  // namespace
}  // namespace usher::email
