// SPDX-License-Identifier: Apache-2.0
#include "base/io/clock.h"

#include <algorithm>
#include <ctime>

namespace usher::io {

namespace {

constexpr int kCorrectedShare = 100;

std::chrono::nanoseconds Read(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

ClockReading ReadClocks() { return {Read(CLOCK_REALTIME), Read(CLOCK_BOOTTIME)}; }

Instant WallClock::At(const ClockReading& reading) {
  if (!begun_) {
    now_ = reading.wall;
    begun_ = true;
  } else {
    const auto passed = std::max(reading.running - last_.running, std::chrono::nanoseconds{0});
    const auto most = passed / kCorrectedShare;
    now_ += passed;
    now_ += std::clamp(reading.wall - now_, -most, most);
  }
  now_ = std::max(now_, floor_);
  last_ = reading;
  return Instant{std::chrono::floor<Duration>(now_)};
}

void WallClock::NotBefore(Instant instant) {
  floor_ = std::max<std::chrono::nanoseconds>(floor_, instant.time_since_epoch());
}

Duration WallClock::Ahead() const { return std::chrono::floor<Duration>(last_.wall - now_); }

}  // namespace usher::io
