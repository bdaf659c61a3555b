// SPDX-License-Identifier: Apache-2.0
// For LD_PRELOAD: the wall clock of this process is off by as many nanoseconds as the first eight
// bytes of the file SHIFTED_CLOCK_FILE say, an int64 of this machine, which may change at any time.
// The monotonic clocks stay as they are.
//
// A wait until an instant of the wall clock is shifted back before the kernel sees it, so that it
// lasts as long as its caller meant. One difference to a real step remains: a wait that is under
// way when the clock steps does not end early or late for it.
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// The kernel itself, past every library: this code runs before and inside their start.
long Kernel(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  long result = number;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

long Address(const void* pointer) { return reinterpret_cast<long>(pointer); }

const volatile std::int64_t* OpenOffset() {
  const char* const path = std::getenv("SHIFTED_CLOCK_FILE");
  if (path == nullptr) return nullptr;
  const long file = Kernel(SYS_open, Address(path), O_RDONLY | O_CLOEXEC, 0, 0, 0, 0);
  if (file < 0) return nullptr;
  const long at = Kernel(SYS_mmap, 0, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
  Kernel(SYS_close, file, 0, 0, 0, 0, 0);
  return at < 0 ? nullptr : reinterpret_cast<const volatile std::int64_t*>(at);
}

std::int64_t OffsetNs() {
  static const volatile std::int64_t* const offset = OpenOffset();
  return offset == nullptr ? 0 : *offset;
}

bool IsWall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

timespec Shifted(const timespec& time, std::int64_t by_ns) {
  const std::int64_t ns = time.tv_sec * kNsPerSecond + time.tv_nsec + by_ns;
  return {.tv_sec = ns / kNsPerSecond, .tv_nsec = ns % kNsPerSecond};
}

template <class Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  // The next one answers from memory, without the kernel.
  using ClockGetTime = int (*)(clockid_t, timespec*);
  static const auto next = Next<ClockGetTime>("clock_gettime");
  const int result = next(clock, time);
  if (result == 0 && IsWall(clock)) *time = Shifted(*time, OffsetNs());
  return result;
}

int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *time = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1'000};
  return 0;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  // Which clock the condition was made for cannot be asked, but no machine has been up for 30
  // years.
  const bool wall = until->tv_sec > 30L * 365 * 24 * 3'600;
  return pthread_cond_clockwait(condition, mutex, wall ? CLOCK_REALTIME : CLOCK_MONOTONIC, until);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  using ClockWait = int (*)(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*);
  static const auto next = Next<ClockWait>("pthread_cond_clockwait");
  const timespec real = IsWall(clock) ? Shifted(*until, -OffsetNs()) : *until;
  return next(condition, mutex, clock, &real);
}

int sem_timedwait(sem_t* semaphore, const timespec* until) {
  using TimedWait = int (*)(sem_t*, const timespec*);
  static const auto next = Next<TimedWait>("sem_timedwait");
  const timespec real = Shifted(*until, -OffsetNs());
  return next(semaphore, &real);
}

// Abseil waits by futex.
long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  timespec real{};
  const auto operation = static_cast<int>(arguments[1]);
  const auto* const until = reinterpret_cast<const timespec*>(arguments[3]);
  if (number == SYS_futex && (operation & FUTEX_CLOCK_REALTIME) != 0 && until != nullptr) {
    real = Shifted(*until, -OffsetNs());
    arguments[3] = Address(&real);
  }
  const long result = Kernel(number, arguments[0], arguments[1], arguments[2], arguments[3],
                             arguments[4], arguments[5]);
  if (result >= 0) return result;
  errno = static_cast<int>(-result);
  return -1;
}

}  // extern "C"
