// SPDX-License-Identifier: Apache-2.0
#include "channels/email/imap_parser.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

std::vector<ImapResponse> ParseAll(const std::string& bytes, std::size_t step = 1'000'000) {
  ImapParser parser;
  std::vector<ImapResponse> responses;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    parser.Feed(std::string_view(bytes).substr(at, step));
    while (true) {
      auto response = parser.Next();
      EXPECT_TRUE(response.ok()) << response.error().message;
      if (!response.ok() || !response->has_value()) break;
      responses.push_back(std::move(**response));
    }
  }
  EXPECT_FALSE(parser.HasRest());
  return responses;
}

std::string Refusal(const std::string& bytes, ImapLimits limits = {}) {
  ImapParser parser(limits);
  parser.Feed(bytes);
  for (auto response = parser.Next();; response = parser.Next()) {
    if (!response.ok()) return response.error().reason;
    if (!response->has_value()) return "";
  }
}

TEST(ImapParserTest, StatusesHaveCodesAndWords) {
  const auto all =
      ParseAll("* OK [UIDVALIDITY 17] ready\r\na1 NO [TRYCREATE] no such mailbox\r\n+ go\r\n");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].status, "OK");
  EXPECT_EQ(all[0].code, "UIDVALIDITY");
  EXPECT_EQ(all[0].code_values.at(0).Number(), 17U);
  EXPECT_EQ(all[0].words, "ready");
  EXPECT_EQ(all[1].kind, ImapResponse::Kind::kTagged);
  EXPECT_EQ(all[1].tag, "a1");
  EXPECT_EQ(all[1].code, "TRYCREATE");
  EXPECT_EQ(all[2].kind, ImapResponse::Kind::kContinuation);
  EXPECT_EQ(all[2].words, "go");
}

TEST(ImapParserTest, NumbersStandInFrontOfNames) {
  const auto all = ParseAll("* 23 EXISTS\r\n* SEARCH 2 84 882\r\n* 3 EXPUNGE\r\n");
  EXPECT_EQ(all[0].name, "EXISTS");
  EXPECT_EQ(all[0].number, 23U);
  EXPECT_EQ(all[1].values.size(), 3U);
  EXPECT_EQ(all[1].values[2].Number(), 882U);
  EXPECT_EQ(all[2].name, "EXPUNGE");
}

TEST(ImapParserTest, LiteralsStandWhereTheyAreAnnounced) {
  const std::string bytes =
      "* 1 FETCH (UID 5 FLAGS (\\Seen $Junk) BODY[HEADER.FIELDS (SUBJECT X)] {7}\r\n"
      "a)\r\n{9}"
      " BODY[TEXT]<0> {0}\r\n NIL \"q\\\"u\\\\o\")\r\n* 2 EXISTS\r\n";
  for (std::size_t step = 1; step < 9; ++step) {
    const auto all = ParseAll(bytes, step);
    ASSERT_EQ(all.size(), 2U) << step;
    const auto& items = all[0].values.at(0).items;
    ASSERT_EQ(items.size(), 10U);
    EXPECT_EQ(items[3].items.at(1).text, "$Junk");
    EXPECT_EQ(items[4].text, "BODY[HEADER.FIELDS (SUBJECT X)]");
    EXPECT_EQ(items[5].text, "a)\r\n{9}");
    EXPECT_EQ(items[7].text, "");
    EXPECT_EQ(items[8].kind, ImapValue::Kind::kNil);
    EXPECT_EQ(items[9].text, "q\"u\\o");
  }
}

TEST(ImapParserTest, WhatIsNoImapIsRefused) {
  EXPECT_EQ(Refusal("\r\n"), "IMAP_PROTOCOL");
  EXPECT_EQ(Refusal("a1 WHAT is this\r\n"), "IMAP_PROTOCOL");
  EXPECT_EQ(Refusal("* 1 FETCH (UID 5\r\n"), "IMAP_PROTOCOL");
  EXPECT_EQ(Refusal("* 1 FETCH UID)\r\n"), "IMAP_PROTOCOL");
  EXPECT_EQ(Refusal("* OK [UNCLOSED\r\n"), "IMAP_PROTOCOL");
  EXPECT_EQ(Refusal("* LIST \"x\r\n"), "IMAP_PROTOCOL");
  EXPECT_EQ(Refusal(std::string("* OK a\0b\r\n", 10)), "IMAP_PROTOCOL");
}

TEST(ImapParserTest, EverythingIsBounded) {
  EXPECT_EQ(Refusal("* OK " + std::string(200, 'x'), {.line_bytes_max = 100}),
            "IMAP_RESPONSE_TOO_LARGE");
  EXPECT_EQ(Refusal("* 1 FETCH (BODY[] {101}\r\n", {.literal_bytes_max = 100}),
            "IMAP_RESPONSE_TOO_LARGE");
  EXPECT_EQ(Refusal("* 1 FETCH (BODY[] {99999999999999999999}\r\n"), "IMAP_PROTOCOL");
  EXPECT_EQ(Refusal("* X " + std::string(30, '(') + std::string(30, ')') + "\r\n"),
            "IMAP_PROTOCOL");
  EXPECT_EQ(Refusal("* SEARCH 1 2 3\r\n", {.values_max = 2}), "IMAP_PROTOCOL");
}

}  // namespace
}  // namespace usher::email
