// SPDX-License-Identifier: Apache-2.0
#include "channels/email/smtp_reply.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

SmtpReply Parse(const std::string& bytes) {
  SmtpReplyParser parser;
  for (const char c : bytes) parser.Feed({&c, 1});
  auto reply = parser.Next();
  EXPECT_TRUE(reply.ok() && reply->has_value());
  return reply.ok() && reply->has_value() ? **reply : SmtpReply{};
}

std::string Refusal(const std::string& bytes) {
  SmtpReplyParser parser;
  parser.Feed(bytes);
  const auto reply = parser.Next();
  return reply.ok() ? "" : reply.error().reason;
}

TEST(SmtpReplyTest, AGreetingMayShowItsClock) {
  const auto noon = InstantFromUnixMs(1'795'345'660'000);  // 2026-11-22 11:07:40 UTC
  EXPECT_EQ(FindSmtpTime("mx.example ESMTP Exim 4.96 Sun, 22 Nov 2026 12:07:40 +0100"), noon);
  EXPECT_EQ(FindSmtpTime("ready at 22 Nov 2026 06:07:40 -0500 (EST)"), noon);
  EXPECT_EQ(FindSmtpTime("mx.example ESMTP ready"), std::nullopt);
  EXPECT_EQ(FindSmtpTime("31 Feb 2026 12:07:40 +0100"), std::nullopt);
}

TEST(SmtpReplyTest, SeveralLinesAreOneReply) {
  const SmtpReply reply = Parse("550-5.1.1 no such\r\n550 5.1.1 mailbox here\r\n");
  EXPECT_EQ(reply.code, 550);
  EXPECT_EQ(reply.status, "5.1.1");
  EXPECT_EQ(reply.Words(), "550 5.1.1 no such mailbox here");
  EXPECT_TRUE(reply.IsForGood());
  EXPECT_EQ(Parse("250\r\n").code, 250);
  EXPECT_TRUE(Parse("451 4.3.0 later\n").IsForNow());
}

TEST(SmtpReplyTest, WhatIsNoSmtpIsRefused) {
  for (const char* bad : {"\r\n", "hello\r\n", "25\r\n", "250_x\r\n", "999 x\r\n", "100 x\r\n"}) {
    EXPECT_EQ(Refusal(bad), "SMTP_PROTOCOL") << bad;
  }
  EXPECT_EQ(Refusal(std::string(5'000, 'x')), "SMTP_PROTOCOL");
  std::string endless;
  for (int i = 0; i < 300; ++i) endless += "250-x\r\n";
  EXPECT_EQ(Refusal(endless), "SMTP_PROTOCOL");
}

TEST(SmtpReplyTest, OffersAreRead) {
  const SmtpOffers offers = ReadOffers(Parse(
      "250-mx\r\n250-SIZE 1000\r\n250-pipelining\r\n250-STARTTLS\r\n250-8BITMIME\r\n250-DSN\r\n"
      "250 AUTH PLAIN xoauth2\r\n"));
  EXPECT_EQ(offers.size_max, 1'000U);
  EXPECT_TRUE(offers.pipelining && offers.starttls && offers.eight_bit && offers.dsn);
  EXPECT_TRUE(offers.HasAuth("PLAIN") && offers.HasAuth("XOAUTH2"));
  EXPECT_FALSE(offers.HasAuth("LOGIN"));
}

TEST(SmtpReplyTest, NothingInAMessageEndsItEarly) {
  EXPECT_EQ(ToSmtpData("a\r\n.\r\n..b\r\nc"), "a\r\n..\r\n...b\r\nc\r\n.\r\n");
  EXPECT_EQ(ToSmtpData("a\n.\nb\r.\rc\r\n"), "a\r\n..\r\nb\r\n..\r\nc\r\n.\r\n");
  EXPECT_EQ(ToSmtpData(""), ".\r\n");
}

TEST(SmtpReplyTest, XtextHasNoSpaces) { EXPECT_EQ(ToXtext("a b+c=\x7f"), "a+20b+2Bc+3D+7F"); }

}  // namespace
}  // namespace usher::email
