// SPDX-License-Identifier: Apache-2.0
#include "channels/freeswitch/esl_parser.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "channels/freeswitch/esl_event.h"

namespace usher::freeswitch {
namespace {

constexpr const char* kStream =
    "Content-Type: auth/request\n\n"
    "Content-Type: command/reply\nReply-Text: +OK accepted\n\n"
    "Content-Length: 26\nContent-Type: text/event-json\n\n{\"Event-Name\":\"HEARTBEAT\"}"
    "Content-Type: api/response\r\nContent-Length: 4\r\n\r\n+OK\n"
    "content-type: text/disconnect-notice\nContent-Length: 0\n\n";

std::vector<EslMessage> All(EslParser& parser) {
  std::vector<EslMessage> messages;
  while (auto message = parser.Next()) messages.push_back(*message);
  return messages;
}

TEST(EslParserTest, CutsAStreamIntoItsMessages) {
  EslParser parser;
  parser.Feed(kStream);
  const std::vector<EslMessage> messages = All(parser);
  ASSERT_EQ(messages.size(), 5U);
  EXPECT_EQ(messages[0].type(), "auth/request");
  EXPECT_EQ(messages[1].Header("reply-text"), "+OK accepted");
  EXPECT_EQ(messages[2].body, "{\"Event-Name\":\"HEARTBEAT\"}");
  EXPECT_EQ(messages[3].body, "+OK\n");
  EXPECT_EQ(messages[4].type(), "text/disconnect-notice");
  EXPECT_FALSE(parser.failed());
}

TEST(EslParserTest, GivesTheSameWhereverTheBytesAreCut) {
  const std::string stream = kStream;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    EslParser parser;
    parser.Feed(stream.substr(0, cut));
    std::vector<EslMessage> messages = All(parser);
    parser.Feed(stream.substr(cut));
    for (EslMessage& message : All(parser)) messages.push_back(std::move(message));
    ASSERT_EQ(messages.size(), 5U) << "cut at " << cut;
    EXPECT_EQ(messages[2].body, "{\"Event-Name\":\"HEARTBEAT\"}") << "cut at " << cut;
    EXPECT_FALSE(parser.failed()) << "cut at " << cut;
  }
}

TEST(EslParserTest, GivesTheSameByteByByte) {
  EslParser parser;
  std::size_t count = 0;
  for (const char byte : std::string(kStream)) {
    parser.Feed({&byte, 1});
    count += All(parser).size();
  }
  EXPECT_EQ(count, 5U);
}

TEST(EslParserTest, GivesUpOnHeadersWithoutEnd) {
  EslParser parser;
  parser.Feed("Content-Type: " + std::string(EslParser::kHeaderBytesMax, 'x'));
  EXPECT_FALSE(parser.Next());
  ASSERT_TRUE(parser.failed());
  EXPECT_EQ(parser.failed()->reason, "BAD_EVENT_SOCKET");
}

TEST(EslParserTest, GivesUpOnLengthsThatAreNone) {
  for (const char* length : {"-1", "12x", "99999999999999999999", "67108865", "0x10"}) {
    EslParser parser;
    parser.Feed("Content-Type: api/response\nContent-Length: " + std::string(length) + "\n\nabc");
    EXPECT_FALSE(parser.Next()) << length;
    EXPECT_TRUE(parser.failed()) << length;
    parser.Feed("Content-Type: auth/request\n\n");
    EXPECT_FALSE(parser.Next()) << "nothing is believed behind it";
  }
}

TEST(EslParserTest, GivesUpOnALineThatIsNoHeader) {
  EslParser parser;
  parser.Feed("HTTP/1.1 400 Bad Request\n\n");
  EXPECT_FALSE(parser.Next());
  EXPECT_TRUE(parser.failed());
}

TEST(EslEventTest, ReadsTextsAndNothingElse) {
  const auto event =
      ParseEslEvent(R"({"Event-Name":"DTMF","Unique-ID":"u1","DTMF-Digit":"5","n":1,"list":["a"],)"
                    R"("variable_usher_number":"+1","Answer-State":"answered"})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->name(), "DTMF");
  EXPECT_EQ(event->leg(), "u1");
  EXPECT_EQ(event->Variable("usher_number"), "+1");
  EXPECT_TRUE(event->answered());
  EXPECT_EQ(event->Get("n"), "");
  EXPECT_FALSE(ParseEslEvent("[]"));
  EXPECT_FALSE(ParseEslEvent("{\"Event-Name\":"));
  EXPECT_FALSE(ParseEslEvent(std::string(1'000, '[')));
}

TEST(EslEventTest, ReadsTheListOfChannels) {
  const auto none = ParseChannels(R"({"row_count":0})");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  const auto two =
      ParseChannels(R"({"row_count":2,"rows":[{"uuid":"a","name":"x"},{"uuid":"b"},{"no":"c"}]})");
  ASSERT_TRUE(two);
  EXPECT_EQ(*two, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(ParseChannels("-ERR no reply"));
}

}  // namespace
}  // namespace usher::freeswitch
