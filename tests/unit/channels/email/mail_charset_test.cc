// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_charset.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

TEST(MailCharsetTest, UtfEightIsTakenAsItIs) {
  const DecodedText text = DecodeText("您好\r\nGrüße\r", "UTF-8");
  EXPECT_EQ(text.text, "您好\nGrüße\n");
  EXPECT_FALSE(text.repaired);
}

TEST(MailCharsetTest, LabelsMeanWhatMailProgramsMean) {
  EXPECT_EQ(DecodeText("\x80 20", "iso-8859-1").text, "€ 20");
  EXPECT_EQ(DecodeText("\x87\x40", "Shift_JIS").text, "①");
}

TEST(MailCharsetTest, AWrongLabelIsRepairedAndSaid) {
  const DecodedText text = DecodeText("naïve café", "iso-8859-1");
  EXPECT_EQ(text.text, "naïve café");
  EXPECT_TRUE(text.repaired);
}

TEST(MailCharsetTest, AShortChineseTextIsNotTakenForUtfEight) {
  // Two characters of GB18030 that are, by chance, two of UTF-8.
  const DecodedText text = DecodeText("\xCD\xA8\xC4\xA8", "gb2312");
  EXPECT_FALSE(text.repaired);
  EXPECT_EQ(text.text.substr(0, 3), "通");
}

TEST(MailCharsetTest, AnUnknownLabelIsSaid) {
  EXPECT_TRUE(DecodeText("hello", "x-nonesuch").repaired);
  EXPECT_EQ(DecodeText("hello", "x-nonesuch").text, "hello");
}

TEST(MailCharsetTest, ControlCharactersAreLeftOut) {
  EXPECT_EQ(DecodeText(std::string("a\0b\x1b[31mc\td\n", 12), "us-ascii").text, "ab[31mc\td\n");
}

TEST(MailCharsetTest, WhateverComesOutIsUtfEight) {
  std::string bytes;
  for (int i = 0; i < 2'000; ++i) bytes += static_cast<char>(i * 73 + i / 7);
  for (const char* label : {"", "utf-8", "gb18030", "big5", "iso-2022-jp", "shift_jis", "euc-kr",
                            "koi8-r", "utf-16", "utf-7", "us-ascii", "hz-gb-2312", "nonsense"}) {
    EXPECT_TRUE(IsUtf8(DecodeText(bytes, label).text)) << label;
  }
}

TEST(MailCharsetTest, BytesThatAreNoneBecomeReplacementCharacters) {
  EXPECT_EQ(ToValidUtf8("a\xffz"), "a\uFFFDz");
  EXPECT_EQ(ToValidUtf8("é"), "é");
}

}  // namespace
}  // namespace usher::email
