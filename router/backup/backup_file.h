// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "router/store/codec.h"

namespace usher::backup {

// What a block holds: see backup_blocks.h. Numbers are stored.
enum class BlockKind : std::uint8_t {
  kHeader = 1,
  kDomainBegin = 2,
  kCommits = 3,
  kCheckpoint = 4,
  kKeys = 5,
  kDomainEnd = 6,
  kTrailer = 7,
};

// A file of blocks. It begins with the line "usher backup 1", the version of this framing. Then
// comes, for each block (numbers little end first):
//
//   1 byte   kind
//   4 bytes  length of the content
//   4 bytes  CRC-32 of the block's number (8 bytes, from 0), its kind and its length
//   n bytes  content, in the format of router/store/codec.h
//   4 bytes  CRC-32 of the content
//
// The trailer is the last block and the end of the file; it counts the blocks and holds the SHA-256
// of every byte before it. So a file that is torn, cut, flipped, or put together from two is told
// from a whole one.
inline constexpr std::string_view kFirstLine = "usher backup 1\n";
inline constexpr std::size_t kBlockBytesMax = 512u << 20;  // a value of Redis has no more either
inline constexpr std::size_t kBlockBytesWanted = 1u << 20;

using Digest = std::array<char, 32>;

struct Trailer {
  std::uint64_t blocks = 0;  // before it
  std::string digest;

  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "blocks", self.blocks);
    v(2, "digest", self.digest);
  }
};

// Writes a file that only bears its name once it is whole and on the disk; until then it is
// `<path>.partial`, with mode 0600, and goes with the writer.
class BackupWriter {
 public:
  // ALREADY_EXISTS/BACKUP_EXISTS; UNAVAILABLE/BACKUP_NOT_WRITTEN, as in every call.
  static Result<std::unique_ptr<BackupWriter>> Open(const std::filesystem::path& path);
  ~BackupWriter();
  BackupWriter(const BackupWriter&) = delete;
  BackupWriter& operator=(const BackupWriter&) = delete;

  Result<void> Write(BlockKind kind, std::string_view content);
  template <class T>
  Result<void> Write(BlockKind kind, const T& value) {
    content_.clear();
    store::AppendContent(value, content_);
    return Write(kind, std::string_view(content_));
  }
  // Writes the trailer, sees everything onto the disk and gives the file its name.
  Result<void> Finish();

  std::uint64_t bytes() const { return bytes_; }

 private:
  class Hash;
  BackupWriter(std::filesystem::path path, std::filesystem::path partial, int fd);
  Result<void> WriteBytes(std::string_view bytes);
  Result<void> Failed(std::string_view doing) const;

  const std::filesystem::path path_;
  const std::filesystem::path partial_;
  int fd_;
  std::unique_ptr<Hash> hash_;
  std::string content_;
  std::string frame_;
  std::uint64_t blocks_ = 0;
  std::uint64_t bytes_ = 0;
};

struct Block {
  BlockKind kind = BlockKind::kHeader;
  std::string content;
};

// Reads the blocks of a file in their order, each checked. Holds one block at a time.
class BackupReader {
 public:
  // NOT_FOUND/BACKUP_MISSING, INVALID_ARGUMENT/NOT_A_BACKUP, FAILED_PRECONDITION/BACKUP_TOO_NEW.
  static Result<std::unique_ptr<BackupReader>> Open(const std::filesystem::path& path);
  ~BackupReader();
  BackupReader(const BackupReader&) = delete;
  BackupReader& operator=(const BackupReader&) = delete;

  // The next block; the trailer is the last, and is only given where it vouches for everything and
  // nothing follows it. DATA_LOSS/BACKUP_DAMAGED.
  Result<Block> Next();

  std::uint64_t bytes() const { return bytes_; }

 private:
  class Hash;
  BackupReader(std::filesystem::path path, int fd, std::uint64_t size);
  Result<void> ReadBytes(std::size_t count, std::string& into);
  Result<void> CheckTrailer(std::string_view content);
  Error Damaged(std::string_view what) const;

  const std::filesystem::path path_;
  int fd_;
  const std::uint64_t size_;
  std::unique_ptr<Hash> hash_;
  std::string frame_;
  std::uint64_t blocks_ = 0;
  std::uint64_t bytes_ = 0;
};

// The content of a block; DATA_LOSS/BACKUP_DAMAGED, FAILED_PRECONDITION/BACKUP_TOO_NEW.
Error ContentError(store::DecodeFault fault);
template <class T>
Result<T> ContentOf(const Block& block) {
  T value{};
  const store::DecodeFault fault = store::ReadContent(block.content, value);
  if (fault != store::DecodeFault::kNone) return ContentError(fault);
  return value;
}

}  // namespace usher::backup
