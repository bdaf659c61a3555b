// SPDX-License-Identifier: Apache-2.0
#include "channels/email/secret_file.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace usher::email {
namespace {

namespace fs = std::filesystem;

class SecretFileTest : public testing::Test {
 protected:
  fs::path Write(const std::string& text, fs::perms perms) {
    const fs::path file = folder_.path() / "secret";
    std::ofstream(file, std::ios::binary) << text;
    fs::permissions(file, perms);
    return file;
  }

  const TempDir folder_;
};

constexpr fs::perms kPrivate = fs::perms::owner_read | fs::perms::owner_write;

TEST_F(SecretFileTest, TheLineEndIsNotTheSecret) {
  EXPECT_EQ(*ReadSecretFile(Write(" pass word \r\n", kPrivate)), " pass word ");
}

TEST_F(SecretFileTest, AFileThatOthersReadIsRefused) {
  const auto secret = ReadSecretFile(Write("password", kPrivate | fs::perms::others_read));
  EXPECT_EQ(secret.error().reason, "SECRET_FILE_EXPOSED");
  EXPECT_EQ(secret.error().message.find("password"), std::string::npos);
}

TEST_F(SecretFileTest, AnEmptyLongOrMissingFileIsRefused) {
  EXPECT_EQ(ReadSecretFile(Write("\n", kPrivate)).error().reason, "SECRET_FILE_UNREADABLE");
  EXPECT_EQ(ReadSecretFile(Write(std::string(20'000, 'x'), kPrivate)).error().reason,
            "SECRET_FILE_UNREADABLE");
  EXPECT_EQ(ReadSecretFile("/nonexistent/secret").error().reason, "SECRET_FILE_UNREADABLE");
}

}  // namespace
}  // namespace usher::email
