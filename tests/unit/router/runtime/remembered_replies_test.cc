// SPDX-License-Identifier: Apache-2.0
#include "router/runtime/remembered_replies.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::runtime {
namespace {

store::ReplyRecord Reply(const std::string& request_id, std::uint64_t contact) {
  store::ReplyRecord reply;
  reply.request_id = request_id;
  reply.outcome.contact = ContactId{contact};
  return reply;
}

TEST(RememberedRepliesTest, FindsWhatItRemembers) {
  RememberedReplies replies(10);
  replies.Remember(Reply("a", 1));
  ASSERT_NE(replies.Find("a"), nullptr);
  EXPECT_EQ(replies.Find("a")->outcome.contact, ContactId{1});
  EXPECT_EQ(replies.Find("b"), nullptr);
}

TEST(RememberedRepliesTest, TheFirstAnswerStands) {
  RememberedReplies replies(10);
  replies.Remember(Reply("a", 1));
  replies.Remember(Reply("a", 2));
  EXPECT_EQ(replies.Find("a")->outcome.contact, ContactId{1});
  EXPECT_EQ(replies.size(), 1U);
}

TEST(RememberedRepliesTest, ForgetsTheOldestAtItsBound) {
  RememberedReplies replies(3);
  for (int i = 0; i < 5; ++i) replies.Remember(Reply("r" + std::to_string(i), 1));
  EXPECT_EQ(replies.size(), 3U);
  EXPECT_EQ(replies.Find("r0"), nullptr);
  EXPECT_EQ(replies.Find("r1"), nullptr);
  EXPECT_NE(replies.Find("r2"), nullptr);
  EXPECT_NE(replies.Find("r4"), nullptr);
}

TEST(RememberedRepliesTest, NoRequestIdIsNotRemembered) {
  RememberedReplies replies(3);
  replies.Remember(Reply("", 1));
  EXPECT_EQ(replies.size(), 0U);
  EXPECT_EQ(replies.Find(""), nullptr);
}

}  // namespace
}  // namespace usher::runtime
