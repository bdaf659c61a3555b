// SPDX-License-Identifier: Apache-2.0
// cut_power MOUNTPOINT: the ext4 file system mounted there stops as if its machine had lost power.
// What was not synced is gone, the journal is not flushed, and every further write fails;
// unmounting and mounting it again recovers what the journal holds, as a boot would.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

// EXT4_IOC_SHUTDOWN of fs/ext4/ext4.h, which no installed header names.
constexpr unsigned long kShutdown = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t kNoLogFlush = 2;

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: cut_power MOUNTPOINT\n");
    return 2;
  }
  const int folder = open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::uint32_t how = kNoLogFlush;
  if (folder < 0 || ioctl(folder, kShutdown, &how) != 0) {
    std::fprintf(stderr, "cut_power: %s: %s\n", arguments[1], std::strerror(errno));
    return 1;
  }
  close(folder);
  return 0;
}
