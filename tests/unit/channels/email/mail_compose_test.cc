// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_compose.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "channels/email/mail_text.h"
#include "channels/email/mime_reader.h"

namespace usher::email {
namespace {

using context::v1::MailHead;

class MailComposeTest : public testing::Test {
 protected:
  MailComposeTest() {
    mailbox_.address = {"Shop", "desk@shop.example"};
    mailbox_.signature = "Your Shop";
    mailbox_.queues["billing"].signature = "The accountants";
    plan_.queue = "support";
    plan_.about = {.mailbox = "desk",
                   .thread = "t1",
                   .answer_to = {"Ann", "ann@home.example"},
                   .from = "ann@home.example",
                   .subject = "AW: Lamp",
                   .message_id = "m2@home.example",
                   .references = {"m1@home.example"}};
    plan_.quoted = {.text = "It is dark.\nAnn", .name = "Ann", .at = InstantFromUnixMs(0)};
    plan_.message.set_text("Here is light.");
    plan_.message_id = "u1@shop.example";
  }

  MailHead& Head() { return *plan_.message.mutable_mail(); }
  static void Add(context::v1::MailAddress* to, const std::string& address) {
    to->set_address(address);
  }
  static std::string Join(const std::vector<MailAddress>& addresses) {
    std::string text;
    for (const MailAddress& one : addresses) text += one.address + " ";
    return text;
  }

  EmailMailbox mailbox_;
  std::vector<std::string> own_ = {"desk@shop.example", "sales@shop.example"};
  MailPlan plan_{.mailbox = mailbox_, .own = own_};
};

TEST_F(MailComposeTest, AnswersWhomTheNewestMailAsksForWithItBelow) {
  const OutgoingMail mail = ComposeMail(plan_);
  EXPECT_EQ(Join(mail.to), "ann@home.example ");
  EXPECT_EQ(mail.subject, "Re: Lamp");
  EXPECT_EQ(mail.in_reply_to, std::vector<std::string>{"m2@home.example"});
  EXPECT_EQ(mail.references, (std::vector<std::string>{"m1@home.example", "m2@home.example"}));
  EXPECT_EQ(mail.text,
            "Here is light.\n\n-- \nYour Shop\n\nOn 1970-01-01 00:00 UTC, Ann wrote:\n"
            "> It is dark.\n> Ann\n");
  EXPECT_EQ(mail.html, "");
  // Whoever answers that answer hides it again.
  EXPECT_EQ(SplitMailText(mail.text).fresh, "Here is light.\n");
}

TEST_F(MailComposeTest, IntroducesTheQuotationInTheLanguageOfTheThread) {
  EXPECT_EQ(QuotationIntroduction(plan_.quoted, "de-AT"), "Am 1970-01-01 00:00 UTC schrieb Ann:");
  EXPECT_EQ(QuotationIntroduction(plan_.quoted, "zh"), "在 1970-01-01 00:00 UTC，Ann 写道：");
  EXPECT_EQ(QuotationIntroduction({}, "en"), "");
}

TEST_F(MailComposeTest, SendsCopiesBesidesAndNeverToOurselves) {
  Add(Head().add_cc(), "bob@home.example");
  Add(Head().add_cc(), "Sales@shop.example");
  Add(Head().add_bcc(), "boss@shop.example");
  OutgoingMail mail = ComposeMail(plan_);
  EXPECT_EQ(Join(mail.to), "ann@home.example ");
  EXPECT_EQ(Join(mail.cc), "bob@home.example ");
  EXPECT_EQ(Join(mail.bcc), "boss@shop.example ");
  Add(Head().add_to(), "carol@home.example");
  Head().set_subject("Another");
  Head().set_without_quotation(true);
  mail = ComposeMail(plan_);
  EXPECT_EQ(Join(mail.to), "carol@home.example ");
  EXPECT_EQ(mail.subject, "Another");
  EXPECT_EQ(mail.text, "Here is light.\n\n-- \nYour Shop\n");
}

TEST_F(MailComposeTest, WritesToOurselvesWhereNobodyElseIsLeft) {
  Add(Head().add_to(), "sales@shop.example");
  EXPECT_EQ(Join(ComposeMail(plan_).to), "sales@shop.example ");
}

TEST_F(MailComposeTest, SignsAsTheQueueDoes) {
  plan_.queue = "billing";
  EXPECT_NE(ComposeMail(plan_).text.find("-- \nThe accountants\n"), std::string::npos);
}

TEST_F(MailComposeTest, PassesAMailOnWhole) {
  const std::string original = "From: ann@home.example\r\nSubject: Lamp\r\n\r\nDark\r\n";
  plan_.original = std::make_shared<const std::string>(original);
  Head().set_kind(MailHead::KIND_FORWARD);
  OutgoingMail mail = ComposeMail(plan_);
  EXPECT_EQ(WriteMail(mail).error().reason, "MAIL_WITHOUT_RECIPIENT");
  Add(Head().add_to(), "maker@lamps.example");
  mail = ComposeMail(plan_);
  EXPECT_EQ(mail.subject, "Fwd: Lamp");
  EXPECT_TRUE(mail.in_reply_to.empty());
  EXPECT_EQ(mail.text, "Here is light.\n\n-- \nYour Shop\n");
  const auto bytes = WriteMail(mail);
  ASSERT_TRUE(bytes.ok());
  const MailMessage read = ReadMail(std::make_shared<const std::string>(*bytes));
  ASSERT_EQ(read.forwarded.size(), 1U);
  EXPECT_EQ(read.forwarded[0].subject, "Lamp");
}

TEST_F(MailComposeTest, BeginsAThreadAndGoesOnWithIt) {
  plan_.about.message_id.clear();
  plan_.about.references.clear();
  plan_.about.subject = "Your order";
  plan_.quoted = {};
  OutgoingMail mail = ComposeMail(plan_);
  EXPECT_EQ(mail.subject, "Your order");
  EXPECT_TRUE(mail.in_reply_to.empty());
  plan_.newest_own_id = "u0@shop.example";
  mail = ComposeMail(plan_);
  EXPECT_EQ(mail.subject, "Re: Your order");
  EXPECT_EQ(mail.in_reply_to, std::vector<std::string>{"u0@shop.example"});
}

TEST_F(MailComposeTest, SaysWhatAProgramWrote) {
  plan_.is_automatic = true;
  const OutgoingMail mail = ComposeMail(plan_);
  EXPECT_TRUE(mail.is_automatic);
  EXPECT_EQ(mail.subject, "Auto: Lamp");
  EXPECT_EQ(mail.text, "Here is light.\n");
}

TEST_F(MailComposeTest, NamesLinksAndLeavesFilesToTheParts) {
  auto* link = plan_.message.add_attachments();
  link->set_name("manual");
  link->set_url("https://shop.example/m.pdf");
  plan_.message.add_attachments()->set_url("x-mail:desk/file-1/1");
  plan_.files.push_back({.name = "a.png",
                         .type = "image/png",
                         .content = std::make_shared<const std::string>("x"),
                         .content_id = ""});
  const OutgoingMail mail = ComposeMail(plan_);
  EXPECT_NE(mail.text.find("manual: https://shop.example/m.pdf\n"), std::string::npos);
  EXPECT_EQ(mail.text.find("x-mail"), std::string::npos);
  ASSERT_EQ(mail.parts.size(), 1U);
}

TEST_F(MailComposeTest, HasAnHtmlAlternativeWhereTheMailboxWantsOne) {
  mailbox_.html = true;
  plan_.message.set_text("1 < 2");
  const OutgoingMail mail = ComposeMail(plan_);
  EXPECT_NE(mail.html.find("1 &lt; 2"), std::string::npos);
  EXPECT_NE(mail.html.find("<blockquote>"), std::string::npos);
}

}  // namespace
}  // namespace usher::email
