// SPDX-License-Identifier: Apache-2.0
#include "channels/email/file_name.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

TEST(FileNameTest, AnOrdinaryNameStays) {
  EXPECT_EQ(ToSafeFileName("发票 8841.pdf", "application/pdf"), "发票 8841.pdf");
  EXPECT_EQ(ToSafeFileName("a-b_c (1).tar.gz", ""), "a-b_c (1).tar.gz");
}

TEST(FileNameTest, FoldersOfAnySystemAreLeftOut) {
  EXPECT_EQ(ToSafeFileName("../../etc/passwd", ""), "passwd");
  EXPECT_EQ(ToSafeFileName("C:\\Users\\me\\a.txt", ""), "a.txt");
  EXPECT_EQ(ToSafeFileName("..", "image/png"), "attachment.png");
}

TEST(FileNameTest, NothingHidesOrTurns) {
  EXPECT_EQ(ToSafeFileName(".bashrc", ""), "bashrc");
  EXPECT_EQ(ToSafeFileName("in\u202Efdp.exe", ""), "infdp.exe");
  EXPECT_EQ(ToSafeFileName("x.pdf. . ", ""), "x.pdf");
}

TEST(FileNameTest, DevicesAndShellCharactersAreTamed) {
  EXPECT_EQ(ToSafeFileName("CON.txt", ""), "_CON.txt");
  EXPECT_EQ(ToSafeFileName("lpt1", ""), "_lpt1");
  EXPECT_EQ(ToSafeFileName("a;b|c$d`e\n.sh", ""), "a_b_c_d_e_.sh");
}

TEST(FileNameTest, ALongNameKeepsItsExtension) {
  const std::string name = ToSafeFileName(std::string(400, 'x') + ".pdf", "");
  EXPECT_EQ(name.size(), 150U);
  EXPECT_TRUE(name.ends_with("x.pdf"));
}

TEST(FileNameTest, BytesThatAreNoTextBecomeSigns) {
  EXPECT_EQ(ToSafeFileName("a\xff.txt", ""), "a\uFFFD.txt");
}

}  // namespace
}  // namespace usher::email
