// SPDX-License-Identifier: Apache-2.0
#include "router/store/epoch_file.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace usher::store {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kHead = "usher epoch ";

// A name of one part, whatever the domain is called.
std::string FileNameOf(const DomainId& domain) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string name;
  for (const char c : domain.value()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    if (plain) {
      name.push_back(c);
    } else {
      name += {'%', kHex[(c >> 4) & 15], kHex[c & 15]};
    }
  }
  return name;
}

// "usher epoch 42 42\n": the number twice, so that a torn or flipped one is seen.
std::string ToText(std::uint64_t epoch) {
  const std::string number = std::to_string(epoch);
  return std::string(kHead) + number + ' ' + number + '\n';
}

bool WriteAndSync(const fs::path& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const bool written =
      write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
  const int cause = errno;
  close(fd);
  errno = cause;
  return written;
}

bool SyncFolder(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = fsync(fd) == 0;
  close(fd);
  return synced;
}

Error Unusable(const fs::path& path) {
  return {Code::kFailedPrecondition, "EPOCH_FILE_UNUSABLE",
          path.string() + " cannot be used: " + std::strerror(errno),
          "make the data folder writable for this user, or make room on its disk"};
}

}  // namespace

EpochFile::EpochFile(const fs::path& folder, const DomainId& domain)
    : folder_(folder), path_(folder / FileNameOf(domain)) {}

Result<std::uint64_t> EpochFile::Read() const {
  std::ifstream file(path_);
  if (!file) return errno == ENOENT ? Result<std::uint64_t>(0) : Unusable(path_);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::uint64_t epoch = 0;
  if (text.starts_with(kHead)) {
    std::from_chars(text.data() + kHead.size(), text.data() + text.size(), epoch);
  }
  if (epoch == 0 || text != ToText(epoch)) {
    return Error{Code::kDataLoss, "EPOCH_FILE_DAMAGED",
                 path_.string() + " does not hold what it should",
                 "write \"usher epoch N N\" into it, with N above every epoch in the logs of the "
                 "routers; remove it only where Redis never failed over"};
  }
  return epoch;
}

Result<void> EpochFile::Raise(std::uint64_t epoch) const {
  const Result<std::uint64_t> before = Read();
  if (!before.ok()) return before.error();
  if (epoch <= *before) return {};
  std::error_code error;
  const mode_t mask = umask(077);
  fs::create_directories(folder_, error);
  umask(mask);
  fs::path fresh = path_;
  fresh += ".new";
  const bool kept = WriteAndSync(fresh, ToText(epoch)) &&
                    rename(fresh.c_str(), path_.c_str()) == 0 && SyncFolder(folder_);
  return kept ? Result<void>() : Unusable(path_);
}

}  // namespace usher::store
