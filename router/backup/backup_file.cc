// SPDX-License-Identifier: Apache-2.0
#include "router/backup/backup_file.h"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/check.h"

namespace usher::backup {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kFrameBytes = 1 + 4 + 4;
constexpr std::size_t kSumBytes = 4;

void PutNumber(std::uint64_t value, unsigned bytes, std::string& out) {
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

std::uint32_t TakeNumber(std::string_view bytes) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) {
    value |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return value;
}

std::uint32_t Checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::uint32_t FrameChecksum(std::uint64_t number, std::string_view kind_and_length) {
  std::string covered;
  PutNumber(number, 8, covered);
  covered += kind_and_length;
  return Checksum(covered);
}

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    USHER_CHECK(context_ && EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr) == 1,
                "OpenSSL has no SHA-256");
  }
  void Add(std::string_view bytes) {
    USHER_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  std::string Finish() {
    unsigned char all[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    USHER_CHECK(EVP_DigestFinal_ex(context_.get(), all, &size) == 1);
    return {reinterpret_cast<const char*>(all), size};
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

// The folder of a file, so that its new name is on the disk as well.
bool SyncFolder(const fs::path& folder) {
  const int fd = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = fsync(fd) == 0;
  close(fd);
  return synced;
}

Error TooNew() {
  return {Code::kFailedPrecondition, "BACKUP_TOO_NEW",
          "the backup was made by a later version of Usher",
          "restore it with that version, or a later one"};
}

}  // namespace

Error ContentError(store::DecodeFault fault) {
  if (fault == store::DecodeFault::kTooNew) return TooNew();
  return {Code::kDataLoss, "BACKUP_DAMAGED", "a block of the backup cannot be read",
          "use another backup"};
}

// --- writing ------------------------------------------------------------------------------------

class BackupWriter::Hash : public Sha256 {};

Result<std::unique_ptr<BackupWriter>> BackupWriter::Open(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored)) {
    return Error{Code::kAlreadyExists, "BACKUP_EXISTS", path.string() + " is there already",
                 "give another name with --out, or remove the file"};
  }
  fs::path partial = path;
  partial += ".partial";
  const int fd = open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || fchmod(fd, 0600) != 0) {
    const std::string why = std::strerror(errno);
    if (fd >= 0) close(fd);
    return Error{Code::kUnavailable, "BACKUP_NOT_WRITTEN",
                 partial.string() + " cannot be written: " + why,
                 "give a file in a folder that you may write to with --out"};
  }
  std::unique_ptr<BackupWriter> writer(new BackupWriter(path, std::move(partial), fd));
  if (Result<void> begun = writer->WriteBytes(kFirstLine); !begun.ok()) return begun.error();
  return writer;
}

BackupWriter::BackupWriter(fs::path path, fs::path partial, int fd)
    : path_(std::move(path)),
      partial_(std::move(partial)),
      fd_(fd),
      hash_(std::make_unique<Hash>()) {}

BackupWriter::~BackupWriter() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(partial_.c_str());
}

Result<void> BackupWriter::Failed(std::string_view doing) const {
  return Error{Code::kUnavailable, "BACKUP_NOT_WRITTEN",
               std::string(doing) + " " + partial_.string() + " failed: " + std::strerror(errno),
               "make room, or give a file elsewhere with --out"};
}

Result<void> BackupWriter::WriteBytes(std::string_view bytes) {
  hash_->Add(bytes);
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("writing");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> BackupWriter::Write(BlockKind kind, std::string_view content) {
  USHER_CHECK(content.size() <= kBlockBytesMax, "a block beyond its bound");
  frame_.clear();
  PutNumber(static_cast<std::uint8_t>(kind), 1, frame_);
  PutNumber(content.size(), 4, frame_);
  PutNumber(FrameChecksum(blocks_, frame_), 4, frame_);
  if (Result<void> written = WriteBytes(frame_); !written.ok()) return written;
  if (Result<void> written = WriteBytes(content); !written.ok()) return written;
  frame_.clear();
  PutNumber(Checksum(content), 4, frame_);
  ++blocks_;
  return WriteBytes(frame_);
}

Result<void> BackupWriter::Finish() {
  const Trailer trailer{blocks_, hash_->Finish()};
  hash_ = std::make_unique<Hash>();
  if (Result<void> written = Write(BlockKind::kTrailer, trailer); !written.ok()) return written;
  if (fsync(fd_) != 0) return Failed("syncing");
  // Not over a file that somebody has made meanwhile.
  if (link(partial_.c_str(), path_.c_str()) != 0) return Failed("naming");
  unlink(partial_.c_str());
  close(std::exchange(fd_, -1));
  if (!SyncFolder(path_.parent_path())) return Failed("syncing the folder of");
  return {};
}

// --- reading ------------------------------------------------------------------------------------

class BackupReader::Hash : public Sha256 {};

Result<std::unique_ptr<BackupReader>> BackupReader::Open(const fs::path& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat facts{};
  if (fd < 0 || fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    const std::string why = fd < 0 ? std::strerror(errno) : "it is no file";
    if (fd >= 0) close(fd);
    return Error{Code::kNotFound, "BACKUP_MISSING", path.string() + " cannot be read: " + why,
                 "name the file that `usher backup` wrote"};
  }
  std::unique_ptr<BackupReader> reader(
      new BackupReader(path, fd, static_cast<std::uint64_t>(facts.st_size)));
  std::string line;
  const bool has_line = reader->ReadBytes(kFirstLine.size(), line).ok();
  if (has_line && line == kFirstLine) return reader;
  if (line.starts_with(kFirstLine.substr(0, kFirstLine.size() - 2))) return TooNew();
  return Error{Code::kInvalidArgument, "NOT_A_BACKUP", path.string() + " is no backup of Usher",
               "name the file that `usher backup` wrote"};
}

BackupReader::BackupReader(fs::path path, int fd, std::uint64_t size)
    : path_(std::move(path)), fd_(fd), size_(size), hash_(std::make_unique<Hash>()) {}

BackupReader::~BackupReader() { close(fd_); }

Error BackupReader::Damaged(std::string_view what) const {
  return {
      Code::kDataLoss, "BACKUP_DAMAGED",
      path_.string() + " is damaged near byte " + std::to_string(bytes_) + ": " + std::string(what),
      "use another backup; copy it anew if this one is a copy"};
}

Result<void> BackupReader::ReadBytes(std::size_t count, std::string& into) {
  // What a damaged length asks for is not there, so nothing is set aside for it.
  if (bytes_ + count > size_) return Damaged("it ends too early");
  into.resize(count);
  std::size_t got = 0;
  while (got < count) {
    const ssize_t part = read(fd_, into.data() + got, count - got);
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return Damaged(std::strerror(errno));
    if (part == 0) return Damaged("it ends too early");
    got += static_cast<std::size_t>(part);
  }
  bytes_ += count;
  return {};
}

Result<Block> BackupReader::Next() {
  if (Result<void> read = ReadBytes(kFrameBytes, frame_); !read.ok()) return read.error();
  const std::string_view frame = frame_;
  const std::string_view kind_and_length = frame.substr(0, 5);
  if (TakeNumber(frame.substr(5)) != FrameChecksum(blocks_, kind_and_length)) {
    return Damaged("the head of block " + std::to_string(blocks_) + " fails its check");
  }
  Block block;
  block.kind = static_cast<BlockKind>(frame[0]);
  const std::size_t length = TakeNumber(frame.substr(1));
  if (length > kBlockBytesMax) return Damaged("a block beyond its bound");
  const std::string head(frame);
  if (Result<void> read = ReadBytes(length, block.content); !read.ok()) return read.error();
  if (Result<void> read = ReadBytes(kSumBytes, frame_); !read.ok()) return read.error();
  if (TakeNumber(frame_) != Checksum(block.content)) {
    return Damaged("block " + std::to_string(blocks_) + " fails its check");
  }
  if (block.kind == BlockKind::kTrailer) {
    if (Result<void> checked = CheckTrailer(block.content); !checked.ok()) return checked.error();
    return block;
  }
  if (blocks_ == 0) hash_->Add(kFirstLine);
  hash_->Add(head);
  hash_->Add(block.content);
  hash_->Add(frame_);
  ++blocks_;
  return block;
}

Result<void> BackupReader::CheckTrailer(std::string_view content) {
  Trailer trailer;
  if (store::ReadContent(content, trailer) != store::DecodeFault::kNone) {
    return Damaged("its trailer cannot be read");
  }
  if (trailer.blocks != blocks_ || trailer.digest != hash_->Finish()) {
    return Damaged("its trailer does not vouch for it");
  }
  if (bytes_ != size_) return Damaged("something follows its trailer");
  return {};
}

}  // namespace usher::backup
