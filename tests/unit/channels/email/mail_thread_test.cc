// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_thread.h"

#include <map>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

class MailThreadTest : public testing::Test {
 protected:
  std::optional<MailThread> Find(const MailMessage& mail) {
    return FindMailThread(
        mail, tokens_,
        {.by_message_id = [](const std::string& id) -> std::optional<std::string> {
           if (id == "known@c.example") return "t-known";
           return std::nullopt;
         },
         .by_sender_and_subject = [](const std::string& sender,
                                     const std::string& subject) -> std::optional<std::string> {
           if (sender == "ann@c.example" && subject == "Order") return "t-guess";
           return std::nullopt;
         }});
  }
  std::string Ours() { return tokens_.MakeMessageId("t-ours", "shop.example"); }

  const ReplyTokens tokens_ =
      *ReplyTokens::Parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "keys");
};

MailMessage From(const std::string& address, const std::string& subject) {
  MailMessage mail;
  mail.from = {{"", address}};
  mail.subject = subject;
  return mail;
}

TEST_F(MailThreadTest, OurSignatureCountsMost) {
  MailMessage mail = From("ann@c.example", "Re: Order");
  mail.in_reply_to = {"known@c.example"};
  mail.references = {Ours(), "known@c.example"};
  const auto thread = Find(mail);
  ASSERT_TRUE(thread);
  EXPECT_EQ(thread->thread, "t-ours");
  EXPECT_EQ(thread->certainty, ThreadCertainty::kSigned);
}

TEST_F(MailThreadTest, AKnownMailCountsNext) {
  MailMessage mail = From("ann@c.example", "Re: Order");
  mail.references = {"known@c.example", "other@c.example"};
  EXPECT_EQ(Find(mail)->thread, "t-known");
  EXPECT_EQ(Find(mail)->certainty, ThreadCertainty::kReference);
}

TEST_F(MailThreadTest, SubjectAndSenderAreAGuess) {
  EXPECT_EQ(Find(From("Ann@C.example", "AW: Order"))->certainty, ThreadCertainty::kGuess);
  EXPECT_FALSE(Find(From("ann@c.example", "Order"))) << "it does not claim to be an answer";
  EXPECT_FALSE(Find(From("ann@c.example", "Fwd: Order")));
  EXPECT_FALSE(Find(From("bob@c.example", "Re: Order")));
  EXPECT_FALSE(Find(From("ann@c.example", "Re:")));
}

TEST_F(MailThreadTest, ABounceBelongsToWhatCameBack) {
  MailMessage mail = From("mailer-daemon@mx.example", "failure");
  mail.report = DeliveryReport{.original_message_id = Ours()};
  EXPECT_EQ(Find(mail)->thread, "t-ours");
}

TEST_F(MailThreadTest, AMadeUpTokenJoinsNothing) {
  MailMessage mail = From("eve@c.example", "Re: Order");
  std::string forged = Ours();
  forged[4] = forged[4] == 'a' ? 'b' : 'a';
  mail.in_reply_to = {forged};
  EXPECT_FALSE(Find(mail));
}

}  // namespace
}  // namespace usher::email
