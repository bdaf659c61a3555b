// SPDX-License-Identifier: Apache-2.0
// What a corpus cannot show: limits, and sizes that nobody wants in a repository.
#include "channels/email/mime_reader.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

MailMessage Read(const std::string& raw, const MailLimits& limits = {}) {
  return ReadMail(std::make_shared<const std::string>(raw), limits);
}

const std::string kHead = "From: ann@customer.example\nSubject: s\n";

TEST(MimeReaderTest, ALongHeaderIsCutAndTheTextStays) {
  const std::string raw =
      kHead + "X-Long: " + std::string(300'000, 'x') + "\nTo: b@c.example\n\nhi\n";
  const MailMessage mail = Read(raw);
  EXPECT_TRUE(mail.Has(MailMark::kHeadersCut));
  EXPECT_EQ(mail.subject, "s");
  EXPECT_EQ(mail.text, "hi\n");
  EXPECT_EQ(*mail.raw, raw);
}

TEST(MimeReaderTest, ManyHeadersAreCounted) {
  std::string raw = kHead;
  for (int i = 0; i < 1'000; ++i) raw += "X-N: 1\n";
  const MailMessage mail = Read(raw + "\nhi\n");
  EXPECT_EQ(mail.headers.size(), MailLimits{}.headers_max);
  EXPECT_TRUE(mail.Has(MailMark::kHeadersCut));
}

TEST(MimeReaderTest, ALongTextIsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 1'000; ++i) text += "您好";
  const MailMessage mail =
      Read(kHead + "Content-Type: text/plain; charset=utf-8\n\n" + text, {.text_bytes_max = 1'000});
  EXPECT_TRUE(mail.Has(MailMark::kTextCut));
  EXPECT_FALSE(mail.Has(MailMark::kCharsetRepaired));
  EXPECT_EQ(mail.text.size(), 999U);
}

TEST(MimeReaderTest, PartsBeyondTheLimitAreLeftOut) {
  std::string raw = kHead + "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 100; ++i) raw += "--b\nContent-Type: image/png\n\nx\n";
  const MailMessage mail = Read(raw + "--b--\n", {.parts_max = 10});
  EXPECT_TRUE(mail.Has(MailMark::kPartsCut));
  EXPECT_EQ(mail.parts.size(), 9U);  // and the multipart itself
}

TEST(MimeReaderTest, EndlessNestingIsNoDanger) {
  std::string raw = kHead;
  for (int i = 0; i < 20'000; ++i) {
    raw += "Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\n";
  }
  EXPECT_TRUE(Read(raw).Has(MailMark::kPartsCut));
  std::string messages = kHead;
  for (int i = 0; i < 20'000; ++i) messages += "Content-Type: message/rfc822\n\n";
  EXPECT_EQ(Read(messages).subject, "s");
}

TEST(MimeReaderTest, TheNewestReferencesAreKept) {
  std::string raw = kHead + "References:";
  for (int i = 0; i < 500; ++i) raw += "\n <" + std::to_string(i) + "@c.example>";
  const MailMessage mail = Read(raw + "\n\nhi\n", {.references_max = 3});
  EXPECT_EQ(mail.references,
            (std::vector<std::string>{"497@c.example", "498@c.example", "499@c.example"}));
}

TEST(MimeReaderTest, BytesThatAreNoMailSaySo) {
  EXPECT_TRUE(Read("no mail at all").Has(MailMark::kUnreadable));
  EXPECT_TRUE(Read("").Has(MailMark::kUnreadable));
  EXPECT_EQ(Read("no mail at all").text, "no mail at all");
  EXPECT_FALSE(Read(kHead + "\n").Has(MailMark::kUnreadable));
}

TEST(MimeReaderTest, PartsAreReadByTheirIds) {
  const std::string raw = kHead +
                          "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n"
                          "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n"
                          "--b--\n";
  EXPECT_EQ(*ReadPart(raw, "2", 100), "hello");
  EXPECT_EQ(ReadPart(raw, "2", 4).error().reason, "PART_TOO_LARGE");
  for (const char* id : {"", "0", "3", "2.1", "x", "99999999999", "1..2", "-1"}) {
    EXPECT_EQ(ReadPart(raw, id, 100).error().reason, "PART_UNKNOWN") << id;
  }
}

TEST(MimeReaderTest, LanguageIsTheFirstTag) {
  EXPECT_EQ(Read(kHead + "Accept-Language: de-AT, en;q=0.5\n\n").language, "de-AT");
  EXPECT_EQ(Read(kHead + "Accept-Language: de\nContent-Language: zh-CN\n\n").language, "zh-CN");
  EXPECT_EQ(Read(kHead + "Content-Language: <script>\n\n").language, "");
}

}  // namespace
}  // namespace usher::email
