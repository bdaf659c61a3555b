// SPDX-License-Identifier: Apache-2.0
#include "channels/email/acknowledgement.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

// Monday 2026-11-30, 12:50 UTC.
const Instant kDue = InstantFromUnixMs(1'796'043'000'000);

std::string Complaint(const std::string& text) {
  const Result<void> valid = CheckAcknowledgement(text);
  return valid.ok() ? "" : valid.error().message;
}

TEST(AcknowledgementTest, NamesStandForWhatIsKnown) {
  const AcknowledgementFacts facts{.contact_id = "c42",
                                   .subject = "Where is 8841?",
                                   .sender_name = "Ann",
                                   .mailbox_name = "Shop",
                                   .answer_by = kDue};
  EXPECT_EQ(
      FillAcknowledgement("{{name}}, {{ contact.id }}: {{subject}} by {{answer_by}}. {{mailbox}}",
                          {}, facts, kDue - Duration{1}),
      "Ann, c42: Where is 8841? by Monday, November 30, 2026 at 12:50. Shop");
}

TEST(AcknowledgementTest, ATimeThatIsNotAheadIsSoon) {
  const QueueManners manners{.soon = "bald"};
  EXPECT_EQ(FillAcknowledgement("{{answer_by}}", manners, {.answer_by = kDue}, kDue), "bald");
  EXPECT_EQ(FillAcknowledgement("{{answer_by}}", manners, {}, kDue), "bald");
}

TEST(AcknowledgementTest, WhatACustomerWroteIsNoTemplate) {
  EXPECT_EQ(FillAcknowledgement("Re {{subject}}", {}, {.subject = "{{contact.id}}"}, kDue),
            "Re {{contact.id}}");
}

TEST(AcknowledgementTest, TimesAreWrittenAsTheQueueSpeaks) {
  EXPECT_EQ(SpellTime(kDue, "de", "Europe/Berlin"), "Montag, 30. November 2026 um 13:50");
  EXPECT_EQ(SpellTime(kDue, "zh-CN", "Asia/Shanghai"), "2026年11月30日星期一 20:50");
  EXPECT_EQ(SpellTime(kDue, "en", "Mars/Olympus"), SpellTime(kDue, "en", "UTC"));
}

TEST(AcknowledgementTest, TextsAreCheckedBefore) {
  EXPECT_EQ(Complaint("Dear {{name}}, {{ contact.id }}"), "");
  EXPECT_EQ(Complaint("Dear {{nmae}}"), "there is no {{nmae}}");
  EXPECT_EQ(Complaint("Dear {{name"), "{{ is not closed by }}");
  EXPECT_EQ(Complaint(std::string(4'001, 'x')), "the text is longer than 4000 bytes");
  EXPECT_TRUE(IsTimeZone("Europe/Berlin"));
  EXPECT_FALSE(IsTimeZone("Europe/Berln"));
}

TEST(AcknowledgementTest, ItsNameTellsIt) {
  EXPECT_TRUE(IsAcknowledgementName(AcknowledgementName("k1")));
  EXPECT_FALSE(IsAcknowledgementName("mail-k1-0"));
}

}  // namespace
}  // namespace usher::email
