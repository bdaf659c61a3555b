// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_html.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

std::string ToText(std::string_view html) { return HtmlToText(html, 100'000).text; }

TEST(MailHtmlTest, ParagraphsAndListsStandOnTheirOwnLines) {
  EXPECT_EQ(ToText("<p>one<p>two<br>three<ul><li>a<li>b</ul>"), "one\n\ntwo\nthree\n\n- a\n- b");
}

TEST(MailHtmlTest, WhatNobodySeesIsLeftOut) {
  EXPECT_EQ(ToText("<style>x</style><p style='DISPLAY : none'>no</p><p>yes</p><script>no</script>"),
            "yes");
}

TEST(MailHtmlTest, ALinkTellsItsAddressOnce) {
  EXPECT_EQ(ToText("<a href='https://a.example/x'>here</a>"), "here <https://a.example/x>");
  EXPECT_EQ(ToText("<a href='https://a.example/'>a.example</a>"), "a.example");
  EXPECT_EQ(ToText("<a href='javascript:x'>click</a>"), "click");
}

TEST(MailHtmlTest, QuotationsAreMarked) {
  EXPECT_EQ(ToText("a<blockquote>b<br>c</blockquote>d"), "a\n\n> b\n> c\n\nd");
}

TEST(MailHtmlTest, EndlessNestingIsCutInTime) {
  std::string html;
  for (int i = 0; i < 300'000; ++i) html += "<b>";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(HtmlToText(html + "x", 1'000).cut);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(MailHtmlTest, TheTextIsBounded) {
  const PlainText text = HtmlToText("<p>" + std::string(5'000, 'x'), 1'000);
  EXPECT_TRUE(text.cut);
  EXPECT_EQ(text.text.size(), 1'000U);
}

TEST(MailHtmlTest, TextBecomesHtmlThatShowsIt) {
  EXPECT_EQ(TextToHtml("a < b & c\n> q\n>> r\nend"),
            "a &lt; b &amp; c<br>\n<blockquote>q<br>\n<blockquote>r<br>\n"
            "</blockquote></blockquote>end<br>\n");
}

}  // namespace
}  // namespace usher::email
