// SPDX-License-Identifier: Apache-2.0
#include "channels/email/file_address.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::email {
namespace {

TEST(FileAddressTest, SaysWhereAFileIsAndReadsItAgain) {
  const FileAddress address{.mailbox = "desk",
                            .key = "0123456789abcdef0123456789abcdef",
                            .part = "2.1",
                            .message_id = "a/b=c&d+e%@shop.example",
                            .bytes = 48'210};
  const std::string text = ToText(address);
  EXPECT_EQ(text,
            "x-mail:desk/0123456789abcdef0123456789abcdef/2.1"
            "?id=a%2Fb%3Dc%26d%2Be%25%40shop.example&size=48210");
  const auto read = ReadFileAddress(text);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, address);
}

TEST(FileAddressTest, LeavesOutAMessageIdThatNoServerCouldSearchFor) {
  FileAddress address{.mailbox = "desk", .key = "k", .part = "html", .message_id = "", .bytes = 7};
  EXPECT_EQ(ToText(address), "x-mail:desk/k/html?size=7");
  address.message_id = "two words";
  EXPECT_EQ(ToText(address), "x-mail:desk/k/html?size=7");
  address.message_id = std::string(251, 'a');
  EXPECT_EQ(ToText(address), "x-mail:desk/k/html?size=7");
  address.message_id = std::string(250, '/');
  EXPECT_LT(ToText(address).size(), 1'500U);
  EXPECT_TRUE(ReadFileAddress(ToText(address)).ok());
}

TEST(FileAddressTest, KnowsTheFilesOfAgents) {
  const auto file = ReadFileAddress("x-mail:desk/file-" + std::string(64, 'a') + "/1");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(IsAgentFile(*file));
  EXPECT_FALSE(IsAgentFile(*ReadFileAddress("x-mail:desk/k/1")));
}

TEST(FileAddressTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "x-mail:", "x-mail:desk", "x-mail:desk/k", "x-mail:desk//1", "x-mail:/k/1",
        "x-mail:desk/k/", "x-mail:desk/k/1/2", "https://desk/k/1", "x-mail:desk/k k/1",
        "x-mail:../k/1\r\n", "x-mail:desk/k/1?id=%", "x-mail:desk/k/1?id=a%0Ab",
        "x-mail:desk/k/1?size=12x", "x-mail:desk/k/1?size=99999999999999999999"}) {
    const auto read = ReadFileAddress(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().reason, "FILE_ADDRESS_INVALID");
  }
  EXPECT_FALSE(ReadFileAddress("x-mail:desk/k/" + std::string(3'000, 'a')).ok());
}

}  // namespace
}  // namespace usher::email
