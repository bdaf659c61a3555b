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

TEST(MessageViewTest, OnlyColleaguesKnowOfHiddenCopies) {
  v1::Message mail = Numbered(1, false);
  EXPECT_FALSE(MessageView(0, false).Trims(mail));
  MessageView(0, false).Trim(mail);
  EXPECT_FALSE(mail.has_mail()) << "a message that is no mail stays none";
  mail.mutable_mail()->add_cc()->set_address("depot@shop.example");
  mail.mutable_mail()->add_bcc()->set_address("boss@shop.example");
  MessageView(0, true).Trim(mail);
  EXPECT_EQ(mail.mail().bcc_size(), 1);
  EXPECT_TRUE(MessageView(0, false).Trims(mail));
  MessageView(0, false).Trim(mail);
  EXPECT_EQ(mail.mail().bcc_size(), 0);
  EXPECT_EQ(mail.mail().cc_size(), 1);
}

TEST(MessageViewTest, ColleaguesGetAllOfThem) {
  MessageView view(1, true);
  EXPECT_EQ(view.Take(Numbered(2, true)), 0U);
  EXPECT_EQ(view.Take(Numbered(3, false)), 0U);
}

}  // namespace
}  // namespace usher::context
