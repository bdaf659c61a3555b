// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_manners.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "channels/email/mime_reader.h"

namespace usher::email {
namespace {

MailManners Judge(const std::string& headers, const std::string& from = "ann@customer.example") {
  const std::string raw = "From: <" + from + ">\n" + headers + "\ntext\n";
  return JudgeManners(ReadMail(std::make_shared<const std::string>(raw)),
                      {.addresses = {"support@shop.example"}, .loop_id = "desk-1"});
}

TEST(MailMannersTest, APersonGetsAnAnswer) {
  EXPECT_EQ(Judge("Subject: hi\n").origin, MailOrigin::kPerson);
  EXPECT_TRUE(Judge("Subject: hi\n").may_auto_reply);
  EXPECT_TRUE(Judge("Auto-Submitted: no\n").may_auto_reply);
}

TEST(MailMannersTest, OurOwnMailIsKnownAgain) {
  EXPECT_EQ(Judge("X-Loop: other\nX-Loop: desk-1\n").origin, MailOrigin::kOurselves);
  EXPECT_EQ(Judge("", "Support@SHOP.example").origin, MailOrigin::kOurselves);
  EXPECT_EQ(Judge("X-Loop: other\n").origin, MailOrigin::kPerson);
}

TEST(MailMannersTest, AMailWithAMessageIdOfOursIsOurs) {
  const ReplyTokens tokens =
      *ReplyTokens::Parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "keys");
  const auto judge = [&](const std::string& id) {
    MailMessage mail;
    mail.from = {{"", "ann@customer.example"}};
    mail.message_id = id;
    return JudgeManners(mail, {.addresses = {}, .loop_id = "", .tokens = &tokens}).origin;
  };
  EXPECT_EQ(judge(tokens.MakeMessageId("t1", "shop.example")), MailOrigin::kOurselves);
  EXPECT_EQ(judge("m1@customer.example"), MailOrigin::kPerson);
}

TEST(MailMannersTest, AMailThatGoesInCirclesIsStopped) {
  std::string hops;
  for (int i = 0; i < 51; ++i) hops += "Received: from a by b\n";
  EXPECT_EQ(Judge(hops).origin, MailOrigin::kOurselves);
}

TEST(MailMannersTest, AnswersOfProgramsAreToldFromTheirOtherMail) {
  EXPECT_EQ(Judge("Auto-Submitted: auto-replied; owner-email=x\n").origin, MailOrigin::kAutoReply);
  EXPECT_EQ(Judge("Auto-Submitted: auto-generated\n").origin, MailOrigin::kAutomatic);
  EXPECT_EQ(Judge("Auto-Submitted: auto-replied (vacation)\n").origin, MailOrigin::kOutOfOffice);
  EXPECT_EQ(Judge("X-Autoreply: yes\nSubject: 自动回复: 订单\n").origin, MailOrigin::kOutOfOffice);
  EXPECT_EQ(Judge("Subject: Out of Office\nIn-Reply-To: <a@b>\n").origin, MailOrigin::kOutOfOffice);
}

TEST(MailMannersTest, APersonMayWriteAboutAbsence) {
  EXPECT_EQ(Judge("Subject: Out of office chairs\n").origin, MailOrigin::kPerson);
}

TEST(MailMannersTest, ListsAndNewslettersGetNoAnswer) {
  EXPECT_EQ(Judge("List-Id: <a.b>\nList-Unsubscribe: <mailto:x@y>\n").origin, MailOrigin::kList);
  EXPECT_EQ(Judge("List-Unsubscribe-Post: List-Unsubscribe=One-Click\n").origin, MailOrigin::kBulk);
  EXPECT_FALSE(Judge("Precedence: bulk\n").may_auto_reply);
}

TEST(MailMannersTest, BouncesGetNoAnswer) {
  EXPECT_EQ(Judge("", "MAILER-DAEMON@mx.example").origin, MailOrigin::kBounce);
  EXPECT_EQ(Judge("Return-Path: <>\n", "postmaster@mx.example").origin, MailOrigin::kBounce);
}

TEST(MailMannersTest, WhoTakesNoAnswerGetsNone) {
  EXPECT_FALSE(Judge("", "no-reply@customer.example").may_auto_reply);
  EXPECT_FALSE(Judge("Return-Path: <>\n").may_auto_reply);
  EXPECT_FALSE(Judge("X-Auto-Response-Suppress: DR, OOF, AutoReply\n").may_auto_reply);
  EXPECT_TRUE(Judge("X-Auto-Response-Suppress: DR\n").may_auto_reply);
  EXPECT_TRUE(Judge("Reply-To: ann@customer.example\n", "noreply@form.example").may_auto_reply);
}

TEST(MailMannersTest, AFiltersMarkIsSeen) {
  EXPECT_TRUE(Judge("X-Spam-Status: Yes, score=9\n").marked_spam);
  EXPECT_FALSE(Judge("X-Spam-Status: No, score=1\n").marked_spam);
  EXPECT_TRUE(Judge("X-Forefront-Antispam-Report: CIP:1;SFV:SPM;\n").marked_spam);
}

}  // namespace
}  // namespace usher::email
