// SPDX-License-Identifier: Apache-2.0
#include "usher/instance_name.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/io/random_id.h"

namespace usher::app {

namespace {

constexpr int kInstancesMax = 64;
constexpr std::size_t kNameBytesMax = 64;

Error Failed(const std::filesystem::path& file, const char* verb) {
  return {Code::kInternal, "INSTANCE_FILE",
          file.string() + " cannot be " + verb + ": " + std::strerror(errno),
          "let this user write the data folder, or give a name with --name"};
}

// What stands in the file, or a new name that is written there.
Result<std::string> ReadOrWrite(int fd, const std::filesystem::path& file) {
  char buffer[kNameBytesMax];
  const ssize_t count = ::pread(fd, buffer, sizeof(buffer), 0);
  if (count < 0) return Failed(file, "read");
  std::string name(buffer, static_cast<std::size_t>(count));
  name.erase(std::find(name.begin(), name.end(), '\n'), name.end());
  if (!name.empty()) return name;
  name = io::RandomId().substr(0, 8);
  const std::string line = name + '\n';
  if (::pwrite(fd, line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()) ||
      ::fsync(fd) != 0) {
    return Failed(file, "written");
  }
  return name;
}

}  // namespace

Result<InstanceName> InstanceName::Take(const std::filesystem::path& folder) {
  std::error_code ignored;  // shows when the file is opened
  std::filesystem::create_directories(folder, ignored);
  for (int number = 1; number <= kInstancesMax; ++number) {
    const auto file = folder / ("instance-" + std::to_string(number));
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return Failed(file, "opened");
    std::shared_ptr<void> lock(nullptr, [fd](void*) { ::close(fd); });
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) continue;
      return Failed(file, "locked");
    }
    Result<std::string> name = ReadOrWrite(fd, file);
    if (!name.ok()) return name.error();
    return InstanceName(*std::move(name), std::move(lock));
  }
  errno = EBUSY;
  return Failed(folder, "used by more than 64 processes");
}

}  // namespace usher::app
