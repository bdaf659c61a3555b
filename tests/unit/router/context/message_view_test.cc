// SPDX-License-Identifier: Apache-2.0
#include "router/context/message_view.h"

#include <gtest/gtest.h>

namespace usher::context {
namespace {

v1::Message Numbered(std::uint64_t id, bool internal) {
  v1::Message message;
  message.set_id(id);
  message.set_internal(internal);
  return message;
}

TEST(MessageViewTest, TheCustomersSideIsToldHowManyMessagesItDoesNotGet) {
  MessageView view(0, false);
  EXPECT_EQ(view.Take(Numbered(1, false)), 0U);
  EXPECT_EQ(view.Take(Numbered(2, true)), std::nullopt);
  EXPECT_EQ(view.Take(Numbered(3, true)), std::nullopt);
  EXPECT_EQ(view.position(), 3U);
  EXPECT_EQ(view.Take(Numbered(4, false)), 2U);
  EXPECT_EQ(view.Take(Numbered(5, false)), 0U);
}

TEST(MessageViewTest, ColleaguesGetAllOfThem) {
  MessageView view(1, true);
  EXPECT_EQ(view.Take(Numbered(2, true)), 0U);
  EXPECT_EQ(view.Take(Numbered(3, false)), 0U);
}

}  // namespace
}  // namespace usher::context
