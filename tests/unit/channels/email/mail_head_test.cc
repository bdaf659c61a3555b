// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_head.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "channels/email/mime_reader.h"

namespace usher::email {
namespace {

MailMessage Read(const std::string& raw) {
  return ReadMail(std::make_shared<const std::string>(raw));
}

TEST(MailHeadTest, SaysWhoAMailIsFromAndToAndWhereItsHtmlIs) {
  const MailMessage mail = Read(
      "From: Ann <ann@shop.example>\r\nTo: Desk <desk@us.example>, bob@us.example\r\n"
      "Cc: carol@us.example\r\nSubject: Hello\r\nMessage-ID: <m1@shop.example>\r\n"
      "Content-Type: text/html\r\n\r\n<p>Hi</p>");
  const FileAddress where = AddressOf("desk", "k1", mail, 300);
  const auto head = ToMailHead(mail, {}, where);
  EXPECT_EQ(head.from().name(), "Ann");
  EXPECT_EQ(head.from().address(), "ann@shop.example");
  ASSERT_EQ(head.to_size(), 2);
  EXPECT_EQ(head.to(1).address(), "bob@us.example");
  ASSERT_EQ(head.cc_size(), 1);
  EXPECT_EQ(head.subject(), "Hello");
  EXPECT_EQ(head.html_url(), "x-mail:desk/k1/html?id=m1%40shop.example&size=300");
  EXPECT_EQ(head.source_url(), "x-mail:desk/k1/source?id=m1%40shop.example&size=300");
  EXPECT_EQ(head.marks_size(), 0);
}

TEST(MailHeadTest, NamesNoHtmlWhereThereIsNoneAndTellsWhatItsReaderShouldKnow) {
  MailMessage mail = Read("From: a@b.example\r\n\r\nHi");
  mail.marks = {MailMark::kDamaged, MailMark::kCharsetRepaired};
  const auto head =
      ToMailHead(mail, {.origin = MailOrigin::kAutoReply}, AddressOf("desk", "k", mail, 5));
  EXPECT_EQ(head.html_url(), "");
  ASSERT_EQ(head.marks_size(), 3);
  EXPECT_EQ(head.marks(0), "damaged");
  EXPECT_EQ(head.marks(1), "charset-repaired");
  EXPECT_EQ(head.marks(2), "automatic");
}

TEST(MailHeadTest, KeepsToItsMost) {
  MailMessage mail;
  mail.from = {{std::string(300, 'n'), "a@b.example"}};
  mail.to.assign(90, {"", "t@b.example"});
  mail.cc.assign(90, {"", "c@b.example"});
  mail.subject = std::string(3'000, 's');
  const auto head = ToMailHead(mail, {}, AddressOf("desk", "k", mail, 5));
  EXPECT_EQ(head.from().name().size(), 200U);
  EXPECT_EQ(head.to_size(), 90);
  EXPECT_EQ(head.cc_size(), 10);
  EXPECT_LE(head.subject().size(), 1'024U);
  mail.parts.assign(30, {.id = "2", .name = "a.png", .type = "image/png"});
  mail.parts[0].content_id = "logo@a";
  context::v1::Message message;
  AddAttachments(mail, AddressOf("desk", "k", mail, 5), message);
  ASSERT_EQ(message.attachments_size(), 20);
  EXPECT_EQ(message.attachments(0).content_id(), "logo@a");
  EXPECT_EQ(message.attachments(1).content_id(), "");
  EXPECT_EQ(message.attachments(0).url(), "x-mail:desk/k/2?size=5");
}

}  // namespace
}  // namespace usher::email
