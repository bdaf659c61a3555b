// SPDX-License-Identifier: Apache-2.0
// For LD_PRELOAD: fsync and fdatasync take longer by as many microseconds as the first four bytes
// of the file SLOW_SYNC_FILE say, an int32 of this machine, which may change at any time.
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

const volatile std::int32_t* OpenDelay() {
  const char* const path = std::getenv("SLOW_SYNC_FILE");
  const int file = path != nullptr ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return nullptr;
  void* const at = mmap(nullptr, sizeof(std::int32_t), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  return at == MAP_FAILED ? nullptr : static_cast<const volatile std::int32_t*>(at);
}

void Delay() {
  static const volatile std::int32_t* const delay_us = OpenDelay();
  if (delay_us == nullptr || *delay_us <= 0) return;
  const std::int32_t us = *delay_us;
  timespec left{.tv_sec = us / 1'000'000, .tv_nsec = us % 1'000'000 * 1'000L};
  while (nanosleep(&left, &left) != 0) {
  }
}

using Sync = int (*)(int);

}  // namespace

extern "C" int fsync(int file) {
  static const auto real = reinterpret_cast<Sync>(dlsym(RTLD_NEXT, "fsync"));
  Delay();
  return real(file);
}

extern "C" int fdatasync(int file) {
  static const auto real = reinterpret_cast<Sync>(dlsym(RTLD_NEXT, "fdatasync"));
  Delay();
  return real(file);
}
