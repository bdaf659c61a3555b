// SPDX-License-Identifier: Apache-2.0
#include "channels/email/contact_roll.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

TEST(RollMailTest, HoldsWhatAnAnswerHasToKnow) {
  RollEntry entry{.contact_id = "c17",
                  .queue = "billing",
                  .about = {.mailbox = "desk",
                            .thread = "0123",
                            .answer_to = {"Ann 安", "ann@home.example"},
                            .subject = "Lamp",
                            .message_id = "m2@home.example",
                            .references = {"m1@home.example"}}};
  const std::string mail = ToRollMail({entry, {.contact_id = "c18", .about = entry.about}}, "n1");
  EXPECT_EQ(mail.find("ann@home.example"), mail.npos);
  const auto read = ReadRollMail(mail);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].contact_id, "c17");
  EXPECT_EQ(read[0].queue, "billing");
  EXPECT_EQ(read[0].about.thread, "0123");
  EXPECT_EQ(read[0].about.answer_to, entry.about.answer_to);
  EXPECT_EQ(read[0].about.message_id, "m2@home.example");
  EXPECT_EQ(read[0].about.references, entry.about.references);
  EXPECT_EQ(read[1].contact_id, "c18");
}

TEST(RollMailTest, ReadsNothingOutOfAnotherMail) {
  EXPECT_TRUE(ReadRollMail("").empty());
  EXPECT_TRUE(ReadRollMail("Subject: Hi\r\n\r\nHello there\r\n").empty());
  EXPECT_TRUE(ReadRollMail("\r\n\r\n\xff\xff").empty());
}

}  // namespace
}  // namespace usher::email
