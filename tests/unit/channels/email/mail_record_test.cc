// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_record.h"

#include <gtest/gtest.h>

namespace usher::email {
namespace {

using Names = std::vector<std::string>;
constexpr char kMail[] = "Subject: Hi\r\n\r\n Hello\r\n";

TEST(MailRecordTest, NamesItsRecipientsAboveTheMail) {
  const Names recipients = {"ann@shop.example", "bob@home.example"};
  const std::string record = ToRecord(recipients, "", kMail);
  EXPECT_EQ(ReadRecipients(record), recipients);
  EXPECT_TRUE(record.ends_with(kMail));
}

TEST(MailRecordTest, SaysWhoseItIsWhereThatMatters) {
  const std::string record = ToRecord({"ann@shop.example"}, "0a1b", kMail);
  EXPECT_NE(record.find("\r\nX-Usher-Claim: 0a1b\r\n"), record.npos);
  EXPECT_EQ(ReadRecipients(record), Names{"ann@shop.example"});
}

TEST(MailRecordTest, AnotherMailNamesNobody) {
  EXPECT_TRUE(ReadRecipients("").empty());
  EXPECT_TRUE(ReadRecipients(kMail).empty());
  EXPECT_TRUE(ReadRecipients("Subject: a\r\nX-Usher-Recipients: b@c.example\r\n").empty());
}

TEST(MailRecordTest, ReadsNoMoreRecipientsThanItsBound) {
  const std::string record = ToRecord(Names(kRecordRecipientsMax + 1, "a@b.example"), "", kMail);
  EXPECT_EQ(ReadRecipients(record).size(), kRecordRecipientsMax);
}

}  // namespace
}  // namespace usher::email
