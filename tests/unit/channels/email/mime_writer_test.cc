// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mime_writer.h"

#include <algorithm>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "channels/email/mime_reader.h"

namespace usher::email {
namespace {

std::shared_ptr<const std::string> Shared(std::string bytes) {
  return std::make_shared<const std::string>(std::move(bytes));
}

OutgoingMail Plain() {
  OutgoingMail mail;
  mail.message_id = "m1@shop.example";
  mail.sent_at = InstantFromUnixMs(1'794'000'000'000);
  mail.from = {"Support – Zoë", "support@shop.example"};
  mail.to = {{"王小明", "wang@customer.example"}};
  mail.subject = "Re: 您的订单";
  mail.text = "您好，\n\n已经发货。\n.dot line\n";
  return mail;
}

MailMessage Written(const OutgoingMail& mail) {
  const auto bytes = WriteMail(mail);
  EXPECT_TRUE(bytes.ok()) << bytes.error().message;
  return ReadMail(Shared(*bytes));
}

void ExpectFitForSmtp(const std::string& bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    ASSERT_LT(static_cast<unsigned char>(bytes[i]), 0x80) << i;
    if (bytes[i] == '\n') {
      ASSERT_TRUE(i > 0 && bytes[i - 1] == '\r') << i;
      ASSERT_LE(length, 999U);
      length = 0;
    } else {
      ++length;
    }
  }
}

TEST(MimeWriterTest, WhatIsWrittenReadsBackTheSame) {
  OutgoingMail mail = Plain();
  mail.cc = {{"", "cc@customer.example"}};
  mail.reply_to = {{"Desk", "desk@shop.example"}};
  mail.in_reply_to = {"o1@customer.example"};
  mail.references = {"o0@customer.example", "o1@customer.example"};
  mail.language = "zh-CN";
  const MailMessage read = Written(mail);
  EXPECT_TRUE(read.marks.empty());
  EXPECT_EQ(read.message_id, mail.message_id);
  EXPECT_EQ(read.sent_at, mail.sent_at);
  EXPECT_EQ(read.from, std::vector{mail.from});
  EXPECT_EQ(read.to, mail.to);
  EXPECT_EQ(read.cc, mail.cc);
  EXPECT_EQ(read.reply_to, mail.reply_to);
  EXPECT_EQ(read.subject, mail.subject);
  EXPECT_EQ(read.in_reply_to, mail.in_reply_to);
  EXPECT_EQ(read.references, mail.references);
  EXPECT_EQ(read.language, "zh-CN");
  EXPECT_EQ(read.text, mail.text);
}

TEST(MimeWriterTest, EveryServerTakesIt) {
  OutgoingMail mail = Plain();
  mail.text += std::string(3'000, 'x') + "\n" + std::string(500, '\xc3') + "\n";
  mail.html = "<p>" + std::string(3'000, 'y') + "</p>";
  mail.references.assign(400, std::string(60, 'r') + "@customer.example");
  mail.parts = {{.name = "№ 7.pdf",
                 .type = "application/pdf",
                 .content = Shared("\x01\xff\n.\n"),
                 .content_id = ""}};
  const auto bytes = WriteMail(mail);
  ASSERT_TRUE(bytes.ok());
  ExpectFitForSmtp(*bytes);
}

TEST(MimeWriterTest, ALongSubjectIsWrittenInShortWords) {
  OutgoingMail mail = Plain();
  mail.subject.clear();
  for (int i = 0; i < 60; ++i) mail.subject += "很长的 ";
  mail.subject.pop_back();
  const MailMessage read = Written(mail);
  EXPECT_EQ(read.subject, mail.subject);
  for (std::size_t at = 0; (at = read.raw->find("=?", at)) != std::string::npos;) {
    const std::size_t end = read.raw->find("?=", at);
    EXPECT_LE(end + 2 - at, 75U);
    at = end + 2;
  }
}

TEST(MimeWriterTest, LongThreadsKeepTheirRootAndTheNewest) {
  OutgoingMail mail = Plain();
  for (int i = 0; i < 100; ++i) mail.references.push_back(std::to_string(i) + "@c.example");
  const MailMessage read = Written(mail);
  ASSERT_EQ(read.references.size(), 31U);
  EXPECT_EQ(read.references.front(), "0@c.example");
  EXPECT_EQ(read.references.back(), "99@c.example");
}

TEST(MimeWriterTest, FilesAndImagesFindTheirPlaces) {
  OutgoingMail mail = Plain();
  mail.html = "<p><img src=\"cid:logo\"></p>";
  mail.parts = {
      {.name = "logo.png", .type = "image/png", .content = Shared("png"), .content_id = "logo"},
      {.name = "Antwort № 7.pdf",
       .type = "application/pdf",
       .content = Shared(std::string(1'000, '\x81')),
       .content_id = ""},
      {.name = "evil",
       .type = "multipart/mixed; boundary=x",
       .content = Shared("x"),
       .content_id = ""}};
  const MailMessage read = Written(mail);
  ASSERT_EQ(read.parts.size(), 3U);
  EXPECT_TRUE(read.parts[0].is_inline);
  EXPECT_EQ(read.parts[1].name, "Antwort № 7.pdf");
  EXPECT_EQ(*ReadPart(*read.raw, read.parts[1].id, 5'000), std::string(1'000, '\x81'));
  EXPECT_EQ(read.parts[2].type, "application/octet-stream");
  EXPECT_NE(read.raw->find("filename*="), std::string::npos) << "RFC 2231";
  EXPECT_EQ(read.text, mail.text);
}

TEST(MimeWriterTest, NothingTypedBecomesAHeader) {
  OutgoingMail mail = Plain();
  mail.subject = "hi\r\nBcc: everybody@elsewhere.example";
  mail.from.name = "a\nX-Evil: 1";
  mail.loop_id = "x\r\n\r\nbody";
  mail.in_reply_to = {"a@b>\r\nX-Evil: <x"};
  mail.language = "en\nX-Evil: 1";
  const MailMessage read = Written(mail);
  EXPECT_FALSE(read.HasHeader("Bcc"));
  EXPECT_FALSE(read.HasHeader("X-Evil"));
  EXPECT_EQ(read.text, mail.text);
}

TEST(MimeWriterTest, BlindCopiesAreToldToTheServerOnly) {
  OutgoingMail mail = Plain();
  mail.bcc = {{"", "secret@customer.example"}, {"", "wang@customer.example"}};
  EXPECT_EQ(Written(mail).raw->find("secret@"), std::string::npos);
  EXPECT_EQ(*EnvelopeRecipients(mail),
            (std::vector<std::string>{"wang@customer.example", "secret@customer.example"}));
}

TEST(MimeWriterTest, AnAcknowledgementSaysThatAProgramWroteIt) {
  OutgoingMail mail = Plain();
  mail.is_automatic = true;
  mail.loop_id = "desk-1";
  const MailMessage read = Written(mail);
  EXPECT_EQ(read.Header("Auto-Submitted"), "auto-replied");
  EXPECT_EQ(read.Header("X-Loop"), "desk-1");
  EXPECT_FALSE(Written(Plain()).HasHeader("Auto-Submitted"));
}

TEST(MimeWriterTest, AddressesAreMadeFitOrRefused) {
  EXPECT_EQ(*ToSmtpAddress("ann@bücher.example"), "ann@xn--bcher-kva.example");
  for (const char* bad :
       {"", "ann", "@x.example", "ann@", "a b@x.example", "a@b@c.example", "ann@x.example>",
        "a\r\n@x.example", "ann@x_y.example", "änn@x.example", "<ann@x.example>"}) {
    EXPECT_EQ(ToSmtpAddress(bad).error().reason, "MAIL_ADDRESS_INVALID") << bad;
  }
}

TEST(MimeWriterTest, WhatCannotBeSentIsRefused) {
  OutgoingMail mail = Plain();
  mail.to.clear();
  EXPECT_EQ(WriteMail(mail).error().reason, "MAIL_WITHOUT_RECIPIENT");
  mail.to.assign(101, {"", "a@b.example"});
  EXPECT_EQ(WriteMail(mail).error().reason, "TOO_MANY_RECIPIENTS");
  mail = Plain();
  mail.text.assign(1'000, 'x');
  EXPECT_EQ(WriteMail(mail, {.bytes_max = 500}).error().reason, "MAIL_TOO_LARGE");
}

const char kOriginal[] =
    "From: Ann <ann@customer.example>\nTo: support@shop.example, Bob <bob@customer.example>\n"
    "Cc: support@shop.example, carl@customer.example\nSubject: RE: AW: Order\n"
    "Message-ID: <o1@customer.example>\nReferences: <o0@customer.example>\n\nWhere?\n> "
    "old\n\nAnn\n";

TEST(MimeWriterTest, AReplyThreadsAndQuotes) {
  const OutgoingMail reply = StartReply(ReadMail(Shared(kOriginal)),
                                        {.from = {"Shop", "support@shop.example"},
                                         .own = {"support@shop.example"},
                                         .introduction = "Ann wrote:"},
                                        "Here.");
  EXPECT_EQ(reply.subject, "Re: Order");
  EXPECT_EQ(reply.in_reply_to, std::vector<std::string>{"o1@customer.example"});
  EXPECT_EQ(reply.references,
            (std::vector<std::string>{"o0@customer.example", "o1@customer.example"}));
  EXPECT_EQ(reply.to, (std::vector<MailAddress>{{"Ann", "ann@customer.example"}}));
  EXPECT_TRUE(reply.cc.empty());
  EXPECT_EQ(reply.text, "Here.\n\nAnn wrote:\n> Where?\n>> old\n>\n> Ann\n");
}

TEST(MimeWriterTest, AReplyToAllLeavesUsOut) {
  const OutgoingMail reply = StartReply(ReadMail(Shared(kOriginal)),
                                        {.own = {"support@shop.example"}, .to_all = true}, "Here.");
  EXPECT_EQ(reply.cc, (std::vector<MailAddress>{{"Bob", "bob@customer.example"},
                                                {"", "carl@customer.example"}}));
}

TEST(MimeWriterTest, AForwardHoldsTheWholeMessage) {
  OutgoingMail forward =
      StartForward(ReadMail(Shared(kOriginal)), {"Shop", "support@shop.example"}, "See below.");
  forward.to = {{"", "boss@shop.example"}};
  forward.sent_at = InstantFromUnixMs(1'794'000'000'000);
  const MailMessage read = Written(forward);
  ASSERT_EQ(read.forwarded.size(), 1U);
  EXPECT_EQ(read.forwarded[0].message_id, "o1@customer.example");
  EXPECT_EQ(read.forwarded[0].from.address, "ann@customer.example");
}

TEST(MimeWriterTest, AForwardOfRawHeadersGoesAsAFile) {
  const std::string raw = "From: M\xc3\xbcller <m@customer.example>\nSubject: \xc3\xbc\n\nhi\n";
  OutgoingMail forward =
      StartForward(ReadMail(Shared(raw)), {"Shop", "support@shop.example"}, "See below.");
  forward.to = {{"", "boss@shop.example"}};
  const auto bytes = WriteMail(forward);
  ASSERT_TRUE(bytes.ok());
  ExpectFitForSmtp(*bytes);
  const MailMessage read = ReadMail(Shared(*bytes));
  ASSERT_EQ(read.parts.size(), 1U);
  EXPECT_EQ(*ReadPart(*read.raw, read.parts[0].id, 1'000), raw);
}

}  // namespace
}  // namespace usher::email
