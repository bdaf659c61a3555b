// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_key.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

const std::string kMail =
    "From: ann@c.example\r\nMessage-ID: <a@b>\r\nDate: today\r\nSubject: s\r\n\r\nbody\r\n";

TEST(MailKeyTest, WhatServersAddDoesNotCount) {
  EXPECT_EQ(ToMailKey(kMail), ToMailKey("Received: by x\r\n\tfor y\r\n" + kMail));
  std::string folded = kMail;
  folded.replace(folded.find("<a@b>"), 5, "\r\n <a@b>");
  EXPECT_NE(ToMailKey(folded), "");
  EXPECT_EQ(ToMailKey(kMail).size(), 32U);
}

TEST(MailKeyTest, AnotherMailHasAnotherKey) {
  for (const char* piece : {"ann@", "<a@b>", "today", "body"}) {
    std::string other = kMail;
    other[other.find(piece) + 1] = 'X';
    EXPECT_NE(ToMailKey(other), ToMailKey(kMail)) << piece;
  }
}

TEST(MailKeyTest, BytesWithoutHeadersCountAsTheyAre) {
  EXPECT_NE(ToMailKey("no mail"), ToMailKey("no more mail"));
  EXPECT_NE(ToMailKey("Subject: a\n\nx"), ToMailKey("Subject: b\n\nx"));
  EXPECT_EQ(ToMailKey(""), ToMailKey(""));
}

}  // namespace
}  // namespace usher::email
