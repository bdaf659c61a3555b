// SPDX-License-Identifier: Apache-2.0
#include "router/service/mail_rules.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::service {
namespace {

using context::v1::Author;
using context::v1::Draft;
using context::v1::MailHead;
using context::v1::Message;

const std::string kSha256(64, 'a');

std::string Checked(const Message& message) {
  const Result<void> checked = CheckMail(message);
  return checked.ok() ? "ok" : checked.error().reason;
}

std::string Checked(const Draft& draft) {
  const Result<void> checked = CheckDraft(draft);
  return checked.ok() ? "ok" : checked.error().reason;
}

Message MailOf(Author::Side side) {
  Message message;
  message.mutable_author()->set_side(side);
  message.mutable_mail()->set_subject("Your order");
  return message;
}

// As an adapter tells a mail that came.
Message Came() {
  Message message = MailOf(Author::SIDE_CUSTOMER);
  MailHead& mail = *message.mutable_mail();
  mail.mutable_from()->set_name("Mei Chen");
  mail.mutable_from()->set_address("mei@example.com");
  mail.add_to()->set_address("help@shop.example");
  mail.set_html_url("x-mail:support/47/html");
  mail.set_source_url("x-mail:support/47/source");
  mail.add_marks("charset-repaired");
  return message;
}

TEST(MailRulesTest, AMailThatCameSaysWhoItIsFromAndWhereItsPartsAre) {
  EXPECT_EQ(Checked(Came()), "ok");
  EXPECT_EQ(Checked(Message()), "ok") << "a message that is no mail";
  Message message = Came();
  message.mutable_mail()->mutable_from()->clear_address();
  EXPECT_EQ(Checked(message), "ok") << "mails without a sender come, too";
  message.mutable_mail()->set_html_url("javascript:alert(1)");
  EXPECT_EQ(Checked(message), "BAD_MAIL");
}

TEST(MailRulesTest, AddressesAreSuchThatNothingElseGetsIntoAHeader) {
  for (const char* good : {"ann@shop.example", "o'neil+x@example.com",
                           "\xC3\xBC@b\xC3\xBC"
                           "cher.example",
                           "a@[192.0.2.1]"}) {
    EXPECT_TRUE(IsMailAddress(good)) << good;
  }
  for (const char* bad :
       {"", "ann", "@shop.example", "ann@", "ann@shop.example\r\nBcc: x@y.example",
        "ann@shop.example, bob@shop.example", "Ann <ann@shop.example>"}) {
    EXPECT_FALSE(IsMailAddress(bad)) << bad;
  }
  EXPECT_FALSE(IsMailAddress(std::string(251, 'a') + "@b.c"));
  for (auto add : {&MailHead::add_to, &MailHead::add_cc, &MailHead::add_bcc}) {
    Message message = MailOf(Author::SIDE_AGENT);
    (message.mutable_mail()->*add)()->set_address("bob@shop.example");
    EXPECT_EQ(Checked(message), "ok");
    (message.mutable_mail()->*add)()->set_address("bob at shop");
    EXPECT_EQ(Checked(message), "BAD_MAIL");
  }
}

TEST(MailRulesTest, AHeadHasItsBounds) {
  Message message = MailOf(Author::SIDE_AGENT);
  MailHead& mail = *message.mutable_mail();
  mail.set_subject(std::string(1024, 'x'));
  for (int i = 0; i < 50; ++i) mail.add_to()->set_address("a@b.example");
  for (int i = 0; i < 50; ++i) mail.add_bcc()->set_address("a@b.example");
  EXPECT_EQ(Checked(message), "ok");
  mail.add_cc()->set_address("a@b.example");
  EXPECT_EQ(Checked(message), "BAD_MAIL");
  mail.clear_cc();
  mail.set_subject(std::string(1025, 'x'));
  EXPECT_EQ(Checked(message), "BAD_MAIL");
  mail.set_subject("two\nlines");
  EXPECT_EQ(Checked(message), "BAD_MAIL");
  mail.set_subject("one");
  mail.mutable_to(0)->set_name(std::string(201, 'x'));
  EXPECT_EQ(Checked(message), "BAD_MAIL");
}

TEST(MailRulesTest, AForwardSaysWhatAndToWhom) {
  Message message = MailOf(Author::SIDE_AGENT);
  MailHead& mail = *message.mutable_mail();
  mail.set_about_message(3);
  EXPECT_EQ(Checked(message), "BAD_MAIL") << "an answer is about no message";
  mail.set_kind(MailHead::KIND_FORWARD);
  EXPECT_EQ(Checked(message), "BAD_MAIL") << "to nobody";
  mail.add_to()->set_address("lawyer@example.com");
  EXPECT_EQ(Checked(message), "ok");
  mail.clear_about_message();
  EXPECT_EQ(Checked(message), "BAD_MAIL") << "of nothing";
}

TEST(MailRulesTest, AnAgentSaysNothingThatIsTheMailboxsToSay) {
  for (const auto& tell :
       {+[](MailHead& mail) { mail.set_html_url("x-mail:support/48/html"); },
        +[](MailHead& mail) { mail.set_source_url("x-mail:support/48/source"); },
        +[](MailHead& mail) { mail.mutable_from()->set_address("boss@a.example"); },
        +[](MailHead& mail) { mail.add_marks("automatic"); }}) {
    Message message = MailOf(Author::SIDE_AGENT);
    tell(*message.mutable_mail());
    EXPECT_EQ(Checked(message), "BAD_MAIL");
    Draft draft;
    tell(*draft.mutable_mail());
    EXPECT_EQ(Checked(draft), "BAD_MAIL");
    message.mutable_author()->set_side(Author::SIDE_CUSTOMER);
    EXPECT_EQ(Checked(message), "ok");
  }
}

// Those are looked up in the conversation; see received_files.h.
TEST(MailRulesTest, FilesOfReceivedMailsAreToldFromFilesThatAgentsAttach) {
  const std::string file = "x-mail:support/file-" + kSha256 + "/1";
  EXPECT_FALSE(IsReceivedFile(file));
  EXPECT_FALSE(IsReceivedFile("https://files.example/terms.pdf"));
  for (const std::string& others :
       {std::string("x-mail:support/0123456789abcdef0123456789abcdef/2"),
        std::string("x-mail:support/0123456789abcdef0123456789abcdef/source"),
        std::string("x-mail:support"), "x-mail:support/file-" + kSha256 + "/1/../../47/1",
        std::string("x-mail:support/file-1/1"), std::string("x-mail:support/file-/1")}) {
    EXPECT_TRUE(IsReceivedFile(others)) << others;
  }
  for (const Author::Side side : {Author::SIDE_AGENT, Author::SIDE_CUSTOMER}) {
    Message message = MailOf(side);
    message.add_attachments()->set_url(file);
    EXPECT_EQ(Checked(message), "ok");
  }
}

TEST(MailRulesTest, ADraftMayBeHalfWritten) {
  Draft draft;
  EXPECT_EQ(Checked(draft), "ok");
  draft.mutable_mail()->set_kind(MailHead::KIND_FORWARD);
  draft.mutable_mail()->add_to()->set_address("lawy");
  EXPECT_EQ(Checked(draft), "ok");
  draft.mutable_mail()->mutable_to(0)->set_address("lawy\r\n");
  EXPECT_EQ(Checked(draft), "BAD_MAIL");
}

TEST(MailRulesTest, ADraftOfAMailMayBeLongerThanOneOfAChat) {
  Draft draft;
  draft.set_text(std::string(8 * 1024, 'x'));
  EXPECT_EQ(Checked(draft), "ok");
  draft.set_text(std::string(8 * 1024 + 1, 'x'));
  EXPECT_EQ(Checked(draft), "TOO_LONG");
  draft.mutable_mail()->set_kind(MailHead::KIND_ANSWER);
  EXPECT_EQ(Checked(draft), "ok");
  draft.set_text(std::string(64 * 1024, 'x'));
  EXPECT_EQ(Checked(draft), "ok");
  draft.set_text(std::string(64 * 1024 + 1, 'x'));
  EXPECT_EQ(Checked(draft), "TOO_LONG");
}

}  // namespace
}  // namespace usher::service
