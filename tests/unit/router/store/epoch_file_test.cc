// SPDX-License-Identifier: Apache-2.0
#include "router/store/epoch_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace usher::store {
namespace {

namespace fs = std::filesystem;

class EpochFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/usher-test-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    dir_ = name;
  }
  void TearDown() override { fs::remove_all(dir_); }

  EpochFile File(const std::string& domain = "acme") const {
    return {dir_ / "epochs", DomainId{domain}};
  }

  fs::path dir_;
};

TEST_F(EpochFileTest, KeepsTheHighestAndNeverALowerOne) {
  EXPECT_EQ(*File().Read(), 0u);
  ASSERT_TRUE(File().Raise(7).ok());
  EXPECT_EQ(*File().Read(), 7u);
  ASSERT_TRUE(File().Raise(3).ok());
  EXPECT_EQ(*File().Read(), 7u);
  ASSERT_TRUE(File().Raise(8).ok());
  EXPECT_EQ(*File().Read(), 8u);
  EXPECT_EQ(*File("beta").Read(), 0u);
}

TEST_F(EpochFileTest, IsForItsOwnerOnly) {
  ASSERT_TRUE(File().Raise(1).ok());
  EXPECT_EQ(fs::status(dir_ / "epochs").permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(File().path()).permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(EpochFileTest, ADamagedOneIsNeverTakenForNone) {
  ASSERT_TRUE(File().Raise(123).ok());
  for (const char* text : {"", "usher epoch 12", "usher epoch 123 124\n", "usher epoch 0 0\n",
                           "usher epoch 123 123\nmore", "another file\n"}) {
    std::ofstream(File().path(), std::ios::trunc) << text;
    EXPECT_EQ(File().Read().error().reason, "EPOCH_FILE_DAMAGED") << text;
    EXPECT_EQ(File().Raise(200).error().reason, "EPOCH_FILE_DAMAGED") << text;
  }
}

TEST_F(EpochFileTest, OneThatCannotBeWrittenIsTold) {
  std::ofstream(dir_ / "epochs") << "a file where the folder should be";
  EXPECT_EQ(File().Raise(1).error().reason, "EPOCH_FILE_UNUSABLE");
}

TEST_F(EpochFileTest, AnyNameOfADomainIsOneFile) {
  for (const char* name : {"../acme", "a/b", ".", "中文", "acme new"}) {
    ASSERT_TRUE(File(name).Raise(1).ok()) << name;
    EXPECT_EQ(File(name).path().parent_path(), dir_ / "epochs") << name;
    EXPECT_TRUE(fs::is_regular_file(File(name).path())) << name;
  }
}

}  // namespace
}  // namespace usher::store
