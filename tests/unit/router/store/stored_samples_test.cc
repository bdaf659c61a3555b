// SPDX-License-Identifier: Apache-2.0
// Records as earlier versions wrote them, byte for byte: this version must read every field of
// them.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/unit/router/store/field_lines.h"
#include "tests/unit/router/store/record_samples.h"

namespace usher::store {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = USHER_SOURCE_DIR "/tests/unit/router/store/samples/v1";

std::string ReadText(const fs::path& file) {
  std::ifstream in(file);
  EXPECT_TRUE(in.good()) << file << " is missing; store_samples adds it";
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string FromHex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  std::string digits;
  for (const char c : text) {
    if (c != '\n') digits.push_back(c);
  }
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<char>(digit(digits[i]) << 4 | digit(digits[i + 1])));
  }
  return bytes;
}

FieldLines ReadLines(const fs::path& file) {
  FieldLines lines;
  std::ifstream in(file);
  EXPECT_TRUE(in.good()) << file << " is missing";
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t middle = line.find(" = ");
    lines[line.substr(0, middle)] = line.substr(middle + 3);
  }
  return lines;
}

// Fields that came after a sample was written, with what a record gets that lacks them. Somebody
// has looked at each and found that right: that is what the list is for.
bool IsKnownLater(const FieldLines& later, const std::string& name, const std::string& path,
                  const std::string& value) {
  const auto found = later.find(name + ": " + path);
  return found != later.end() && found->second == value;
}

TEST(StoredSamplesTest, EveryFieldComesBack) {
  const FieldLines later = ReadLines(kFolder / "later.fields");
  ForEachSample([&](const std::string& name, RecordKind kind, const auto& sample) {
    using Value = std::remove_cvref_t<decltype(sample)>;
    const Result<Value> read =
        FromRecord<Value>(kind, FromHex(ReadText(kFolder / (name + ".hex"))));
    ASSERT_TRUE(read.ok()) << name << ": " << read.error().message;
    FieldLines now = FieldLinesOf(*read);
    for (const auto& [path, value] : ReadLines(kFolder / (name + ".fields"))) {
      ASSERT_TRUE(now.contains(path)) << name << " has lost its field " << path;
      EXPECT_EQ(now[path], value) << name << ": " << path;
      now.erase(path);
    }
    for (const auto& [path, value] : now) {
      EXPECT_TRUE(IsKnownLater(later, name, path, value))
          << "an older record has no " << path << " and gets " << value
          << ". If that is right, add this line to samples/v1/later.fields:\n"
          << name << ": " << path << " = " << value;
    }
  });
}

TEST(StoredSamplesTest, ThereIsOneOfEachKindOfRecordAndOfEvent) {
  std::set<std::uint8_t> kinds;
  std::set<std::string> commits;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".hex") continue;
    const std::string bytes = FromHex(ReadText(entry.path()));
    EXPECT_EQ(static_cast<std::uint8_t>(bytes[0]), 1) << entry.path();
    kinds.insert(ClaimedKind(bytes));
    if (entry.path().filename().string().starts_with("commit-")) {
      commits.insert(entry.path().stem());
    }
  }
  EXPECT_EQ(commits.size(), kEventKinds);
  for (std::uint8_t kind = 1; kind <= static_cast<std::uint8_t>(RecordKind::kCheckpoint); ++kind) {
    EXPECT_TRUE(kinds.contains(kind)) << "kind " << int{kind};
  }
}

TEST(StoredSamplesTest, ThoseOfALaterFormatAreRefusedAndNameTheUpgrade) {
  ForEachSample([](const std::string& name, RecordKind kind, const auto& sample) {
    using Value = std::remove_cvref_t<decltype(sample)>;
    std::string bytes = ToRecord(kind, sample);
    bytes[0] = static_cast<char>(kRecordVersion + 1);
    const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
    const auto sum =
        crc32_z(crc32_z(0, data, 2), data + kRecordHeaderBytes, bytes.size() - kRecordHeaderBytes);
    for (unsigned i = 0; i < 4; ++i) bytes[2 + i] = static_cast<char>(sum >> (8 * i));
    const Result<Value> read = FromRecord<Value>(kind, bytes);
    ASSERT_FALSE(read.ok()) << name;
    EXPECT_EQ(read.error().reason, "RECORD_TOO_NEW") << name;
    EXPECT_NE(read.error().next_step.find("later"), std::string::npos) << name;
  });
}

}  // namespace
}  // namespace usher::store
