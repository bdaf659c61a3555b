// SPDX-License-Identifier: Apache-2.0
#include "router/backup/backup_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "router/backup/backup_blocks.h"
#include "router/backup/check_backup.h"

namespace usher::backup {
namespace {

namespace fs = std::filesystem;

class BackupFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/usher-test-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    dir_ = name;
    file_ = dir_ / "one.backup";
  }
  void TearDown() override { fs::remove_all(dir_); }

  std::string ReadAll() const {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void Replace(const std::string& bytes) const {
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << bytes;
  }

  // A backup of no domain, with a few blocks of text beside its header.
  void WriteSmall() {
    auto writer = BackupWriter::Open(file_);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Write(BlockKind::kHeader, std::string_view("head")).ok());
    ASSERT_TRUE((*writer)->Write(BlockKind::kKeys, std::string_view("")).ok());
    ASSERT_TRUE((*writer)->Write(BlockKind::kKeys, std::string_view("a longer part")).ok());
    ASSERT_TRUE((*writer)->Finish().ok());
  }

  // The reason why the file is refused; "" when it is not.
  std::string ReasonOfReading() const {
    auto reader = BackupReader::Open(file_);
    if (!reader.ok()) return reader.error().reason;
    while (true) {
      const Result<Block> block = (*reader)->Next();
      if (!block.ok()) return block.error().reason;
      if (block->kind == BlockKind::kTrailer) return "";
    }
  }

  fs::path dir_;
  fs::path file_;
};

TEST_F(BackupFileTest, GivesItsBlocksInTheirOrder) {
  WriteSmall();
  auto reader = BackupReader::Open(file_);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ((*reader)->Next()->content, "head");
  EXPECT_EQ((*reader)->Next()->content, "");
  const Result<Block> third = (*reader)->Next();
  EXPECT_EQ(third->content, "a longer part");
  EXPECT_EQ(third->kind, BlockKind::kKeys);
  EXPECT_EQ((*reader)->Next()->kind, BlockKind::kTrailer);
  EXPECT_EQ((*reader)->bytes(), fs::file_size(file_));
}

TEST_F(BackupFileTest, EveryFlippedByteIsRefused) {
  WriteSmall();
  ASSERT_EQ(ReasonOfReading(), "");
  const std::string whole = ReadAll();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
    Replace(flipped);
    EXPECT_NE(ReasonOfReading(), "") << "byte " << at;
  }
}

TEST_F(BackupFileTest, EveryTornFileIsRefused) {
  WriteSmall();
  const std::string whole = ReadAll();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Replace(whole.substr(0, size));
    EXPECT_NE(ReasonOfReading(), "") << size << " bytes";
  }
  Replace(whole + '\0');
  EXPECT_EQ(ReasonOfReading(), "BACKUP_DAMAGED");
}

TEST_F(BackupFileTest, BlocksThatChangedPlacesOrWereLeftOutAreRefused) {
  WriteSmall();
  const std::string whole = ReadAll();
  const std::size_t second = kFirstLine.size() + 13 + 4;  // behind "head"
  const std::size_t third = second + 13;
  const std::size_t trailer = third + 13 + std::string("a longer part").size();
  Replace(whole.substr(0, second) + whole.substr(third));
  EXPECT_EQ(ReasonOfReading(), "BACKUP_DAMAGED");
  Replace(whole.substr(0, second) + whole.substr(third, trailer - third) +
          whole.substr(second, third - second) + whole.substr(trailer));
  EXPECT_EQ(ReasonOfReading(), "BACKUP_DAMAGED");
}

TEST_F(BackupFileTest, AnotherFileAndALaterFormatAreTold) {
  Replace("a picture of a cat\n");
  EXPECT_EQ(ReasonOfReading(), "NOT_A_BACKUP");
  Replace("usher backup 2\nwhatever follows");
  EXPECT_EQ(ReasonOfReading(), "BACKUP_TOO_NEW");
  fs::remove(file_);
  EXPECT_EQ(ReasonOfReading(), "BACKUP_MISSING");
}

TEST_F(BackupFileTest, IsForItsOwnerOnlyAndAppearsWhole) {
  {
    auto writer = BackupWriter::Open(file_);
    ASSERT_TRUE(writer.ok());
    EXPECT_FALSE(fs::exists(file_));
    struct stat facts{};
    ASSERT_EQ(stat((file_.string() + ".partial").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600u);
  }
  EXPECT_TRUE(fs::is_empty(dir_));  // given up: nothing stays
  WriteSmall();
  struct stat facts{};
  ASSERT_EQ(stat(file_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  const auto again = BackupWriter::Open(file_);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason, "BACKUP_EXISTS");
}

}  // namespace
}  // namespace usher::backup
