// SPDX-License-Identifier: Apache-2.0
#include "base/io/base64url.h"

#include <gtest/gtest.h>

namespace usher::io {
namespace {

TEST(Base64UrlTest, WritesTheVectorsOfRfc4648WithoutPadding) {
  EXPECT_EQ(ToBase64Url(""), "");
  EXPECT_EQ(ToBase64Url("f"), "Zg");
  EXPECT_EQ(ToBase64Url("fo"), "Zm8");
  EXPECT_EQ(ToBase64Url("foo"), "Zm9v");
  EXPECT_EQ(ToBase64Url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(ToBase64Url("\xfb\xff"), "-_8");
}

TEST(Base64UrlTest, ReadsBackEveryByteAtEveryPlace) {
  for (int length = 0; length < 9; ++length) {
    for (int byte = 0; byte < 256; ++byte) {
      const std::string bytes(static_cast<std::size_t>(length), static_cast<char>(byte));
      EXPECT_EQ(FromBase64Url(ToBase64Url(bytes)), bytes);
    }
  }
}

TEST(Base64UrlTest, RefusesEverySecondSpelling) {
  EXPECT_EQ(FromBase64Url("Zg=="), std::nullopt) << "padding";
  EXPECT_EQ(FromBase64Url("Zh"), std::nullopt) << "trailing bits";
  EXPECT_EQ(FromBase64Url("Zm9"), std::nullopt) << "trailing bits";
  EXPECT_EQ(FromBase64Url("Z"), std::nullopt) << "length";
  EXPECT_EQ(FromBase64Url("Zm9v\n"), std::nullopt) << "white space";
  EXPECT_EQ(FromBase64Url("+/8"), std::nullopt) << "the other alphabet";
}

}  // namespace
}  // namespace usher::io
