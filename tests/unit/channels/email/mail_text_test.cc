// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_text.h"

#include <gtest/gtest.h>

namespace usher::email {
namespace {

TEST(MailTextTest, TextWithoutQuotationIsAllFresh) {
  const MailText text = SplitMailText("Hello,\n\nFrom: here to there\nplease.\n");
  EXPECT_EQ(text.fresh, "Hello,\n\nFrom: here to there\nplease.\n");
  EXPECT_EQ(text.history, "");
}

TEST(MailTextTest, AQuotedTailIsHistoryWithItsIntroduction) {
  const MailText text =
      SplitMailText("Thanks!\n\nAm 16.11.2026 um 09:00 schrieb Shop:\n> Hallo\n>\n> Ann\n");
  EXPECT_EQ(text.fresh, "Thanks!\n");
  EXPECT_EQ(text.history, "Am 16.11.2026 um 09:00 schrieb Shop:\n> Hallo\n>\n> Ann\n");
}

TEST(MailTextTest, AnswersBetweenQuotedLinesStay) {
  const MailText text = SplitMailText("> one?\nyes\n> two?\nno\n");
  EXPECT_EQ(text.fresh, "> one?\nyes\n> two?\nno\n");
}

TEST(MailTextTest, AnOrdinaryLineAboveAQuotationIsNotTakenIn) {
  const MailText text = SplitMailText("You said this:\n> it is red\n");
  EXPECT_EQ(text.fresh, "You said this:\n");
  EXPECT_EQ(text.history, "> it is red\n");
}

TEST(MailTextTest, ASignatureStandsBehindItsMark) {
  const MailText text = SplitMailText("Hi\n\n-- \nAnn\nShop Ltd\n\n> old\n");
  EXPECT_EQ(text.fresh, "Hi\n");
  EXPECT_EQ(text.signature, "-- \nAnn\nShop Ltd\n");
  EXPECT_EQ(text.history, "> old\n");
}

TEST(MailTextTest, AllOfTheTextIsSomewhere) {
  EXPECT_EQ(SplitMailText("").fresh, "");
  const MailText only_quoted = SplitMailText("> a\n> b\n");
  EXPECT_EQ(only_quoted.history, "> a\n> b\n");
}

TEST(MailTextTest, SubjectsLoseTheirPrefixes) {
  EXPECT_EQ(WithoutReplyPrefixes("Re: AW: Re[2]: Order"), "Order");
  EXPECT_EQ(WithoutReplyPrefixes("回复：转发: 订单"), "订单");
  EXPECT_EQ(WithoutReplyPrefixes("Report: done"), "Report: done");
  EXPECT_EQ(WithoutReplyPrefixes("Re:"), "");
}

TEST(MailTextTest, AForwardIsToldByItsSubject) {
  EXPECT_TRUE(IsForwardSubject("Fwd: complaint"));
  EXPECT_TRUE(IsForwardSubject("WG: Beschwerde"));
  EXPECT_FALSE(IsForwardSubject("Re: Fwd: complaint"));
}

}  // namespace
}  // namespace usher::email
