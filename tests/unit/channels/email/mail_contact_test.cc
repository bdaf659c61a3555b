// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_contact.h"

#include <string>

#include <gtest/gtest.h>

#include "channels/email/mail_charset.h"

namespace usher::email {
namespace {

MailMessage Mail() {
  MailMessage mail;
  mail.from = {{"Ann", "ann@c.example"}};
  mail.subject = "Where?";
  mail.message_id = "m2@c.example";
  mail.references = {"m0@c.example", "m1@c.example"};
  mail.language = "de";
  mail.marks = {MailMark::kTextCut, MailMark::kCharsetRepaired};
  return mail;
}

TEST(MailContactTest, AttributesBringItBack) {
  const MailContact contact = DescribeMail("desk", "t1", Mail(), {});
  EXPECT_EQ(contact.marks, "text_cut charset_repaired");
  const auto again = FromAttributes(ToExternalId("t1"), ToAttributes(contact));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->mailbox, "desk");
  EXPECT_EQ(again->thread, "t1");
  EXPECT_EQ(again->answer_to, (MailAddress{"Ann", "ann@c.example"}));
  EXPECT_EQ(again->message_id, "m2@c.example");
  EXPECT_EQ(again->references, contact.references);
  EXPECT_EQ(again->origin, "person");
  EXPECT_EQ(again->language, "de");
}

TEST(MailContactTest, RulesSeeAddressesWordsAndTheHeadersThatTheyAskFor) {
  MailMessage mail = Mail();
  mail.to = {{"Shop", "Support@shop.example"}, {"", "sales@shop.example"}};
  mail.headers = {{"X-Priority", " 1 (Highest)"}, {"X-Other", "x"}};
  const auto facts =
      ToRuleFacts(mail, "  My parcel\n\n\tis  broken", {"X-Priority", "List-Id", "x-priority.2"});
  EXPECT_EQ(facts, (std::map<std::string, std::string>{
                       {"mail_to", "support@shop.example sales@shop.example"},
                       {"mail_text", "My parcel is broken"},
                       {"mail_header_x_priority", "1 (Highest)"}}));
  EXPECT_LE(ToRuleFacts(mail, std::string(5'000, 'x'), {}).at("mail_text").size(), 1'024U);
}

TEST(MailContactTest, OtherContactsAreNone) {
  EXPECT_FALSE(FromAttributes("chat:1", ToAttributes(DescribeMail("desk", "t1", Mail(), {}))));
  EXPECT_FALSE(FromAttributes("mail:1", {}));
}

TEST(MailContactTest, AnswersGoWhereTheMailSays) {
  MailMessage mail = Mail();
  mail.reply_to = {{"Desk", "desk@c.example"}};
  const MailContact contact = DescribeMail("desk", "t1", mail, {});
  EXPECT_EQ(contact.answer_to.address, "desk@c.example");
  EXPECT_EQ(contact.from, "ann@c.example");
}

TEST(MailContactTest, ValuesAreBoundedAndLongThreadsKeepTheirEnds) {
  MailMessage mail = Mail();
  mail.subject = std::string(5'000, 'x');
  for (int i = 0; i < 200; ++i) mail.references.push_back(std::to_string(i) + "@c.example");
  const auto attributes = ToAttributes(DescribeMail("desk", "t1", mail, {}));
  for (const auto& [key, value] : attributes) EXPECT_LE(value.size(), 1'024U) << key;
  const auto again = FromAttributes("mail:t1", attributes);
  EXPECT_EQ(again->references.front(), "m0@c.example");
  EXPECT_EQ(again->references.back(), "199@c.example");
}

TEST(MailContactTest, LongTextsBecomePieces) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "您好 " + std::to_string(i) + "\n";
  std::string joined;
  for (const std::string& piece : ToPieces(text, 200, 100)) {
    EXPECT_LE(piece.size(), 200U);
    EXPECT_TRUE(IsUtf8(piece));
    joined += piece + "\n";
  }
  EXPECT_EQ(joined, text);
  const auto cut = ToPieces(text, 200, 2);
  ASSERT_EQ(cut.size(), 2U);
  EXPECT_TRUE(cut[1].ends_with("[…]"));
  EXPECT_LE(cut[1].size(), 200U);
  EXPECT_TRUE(ToPieces(" \n ", 200, 2).empty());
  EXPECT_EQ(ToPieces(std::string(450, 'x'), 200, 9).size(), 3U);
}

}  // namespace
}  // namespace usher::email
