// SPDX-License-Identifier: Apache-2.0
#include "router/store/reply_reader.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace usher::store {
namespace {

RedisReply ReadOne(std::string_view bytes) {
  ReplyReader reader;
  reader.Feed(bytes);
  Result<std::optional<RedisReply>> reply = reader.Next();
  return reply.ok() && reply->has_value() ? **reply : RedisReply::ErrorText("TEST no reply");
}

TEST(ReplyReaderTest, ReadsEveryKind) {
  EXPECT_EQ(ReadOne("+OK\r\n").text(), "OK");
  EXPECT_EQ(ReadOne("$5\r\na\r\nbc\r\n").text(), "a\r\nbc");
  EXPECT_EQ(ReadOne(":-42\r\n").integer(), -42);
  EXPECT_TRUE(ReadOne("$-1\r\n").IsNil());
  EXPECT_TRUE(ReadOne("*-1\r\n").IsNil());
  EXPECT_TRUE(ReadOne("*0\r\n").IsArray());
  const RedisReply error = ReadOne("-FENCED epoch 7 leads\r\n");
  EXPECT_TRUE(error.IsError());
  EXPECT_EQ(error.ErrorWord(), "FENCED");
}

TEST(ReplyReaderTest, ReadsArraysInArrays) {
  const RedisReply reply =
      ReadOne("*2\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nh\r\n$2\r\nxy\r\n*1\r\n:5\r\n");
  ASSERT_EQ(reply.items().size(), 2u);
  EXPECT_EQ(reply.At(0).At(0).text(), "1-0");
  EXPECT_EQ(reply.At(0).At(1).At(1).text(), "xy");
  EXPECT_EQ(reply.At(1).At(0).integer(), 5);
  EXPECT_TRUE(reply.At(2).IsNil());
}

TEST(ReplyReaderTest, WaitsForTheRestByteByByte) {
  const std::string bytes = "*2\r\n$3\r\nabc\r\n:7\r\n+next\r\n";
  ReplyReader reader;
  std::vector<RedisReply> replies;
  for (const char byte : bytes) {
    reader.Feed({&byte, 1});
    for (;;) {
      Result<std::optional<RedisReply>> reply = reader.Next();
      ASSERT_TRUE(reply.ok());
      if (!reply->has_value()) break;
      replies.push_back(std::move(**reply));
    }
  }
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(replies[0].At(0).text(), "abc");
  EXPECT_EQ(replies[1].text(), "next");
}

TEST(ReplyReaderTest, NamesWhatIsNotTheProtocol) {
  ReplyReader reader;
  reader.Feed("HTTP/1.1 400 Bad Request\r\n");
  const Result<std::optional<RedisReply>> reply = reader.Next();
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().reason, "REDIS_PROTOCOL");
}

TEST(ReplyReaderTest, FreesAReplyThatNeverBecameWhole) {
  ReplyReader reader;
  reader.Feed("*3\r\n$3\r\nabc\r\n*2\r\n:1\r\n");
  EXPECT_FALSE(reader.Next()->has_value());
}

TEST(RedisReplyTest, ReadsNumbersFromTextOnlyWhenWhole) {
  EXPECT_EQ(RedisReply::Text("42").AsInteger(), 42);
  EXPECT_EQ(RedisReply::Integer(-1).AsInteger(), -1);
  EXPECT_FALSE(RedisReply::Integer(-1).AsUnsigned().has_value());
  EXPECT_EQ(RedisReply::Text("18446744073709551615").AsUnsigned(), 18'446'744'073'709'551'615u);
  EXPECT_FALSE(RedisReply::Text("42x").AsInteger().has_value());
  EXPECT_FALSE(RedisReply::Text("").AsInteger().has_value());
  EXPECT_FALSE(RedisReply().AsInteger().has_value());
}

TEST(CommandTest, IsWrittenWithLengthsSoThatAnyByteMayStandInIt) {
  std::string out;
  AppendCommandHeader(2, out);
  AppendArgument("GET", out);
  AppendArgument(std::string_view("a\0\r\n", 4), out);
  EXPECT_EQ(out, std::string("*2\r\n$3\r\nGET\r\n$4\r\na\0\r\n\r\n", 23));
}

}  // namespace
}  // namespace usher::store
