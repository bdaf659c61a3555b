// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "base/time.h"

namespace usher::io {

// What two clocks of the machine say at one moment.
struct ClockReading {
  std::chrono::nanoseconds wall{};     // since the Unix epoch; somebody may set it
  std::chrono::nanoseconds running{};  // since the machine started, sleep included; nobody sets it
};

ClockReading ReadClocks();

// Reads the machine's clocks for everything that must not read one itself: the engine and whatever
// replays are handed an Instant, and this is where the running server gets it.
//
// It starts with the wall clock and then runs by itself: time passes here as it passes in the
// world. When the wall clock is set, by hand or by NTP, this one goes to meet it, but never by more
// than a hundredth of the time that passes: nothing that is due in 20 s is due more than 0.2 s
// early or late, and the result never goes back, so that events keep their order. One object per
// loop; not thread-safe.
class WallClock {
 public:
  Instant Now() { return At(ReadClocks()); }

  // The same for a reading of one's own; readings come in their order.
  Instant At(const ClockReading& reading);

  // At least `instant` from the next reading on: that of another machine, whose clock may be ahead.
  void NotBefore(Instant instant);

  // By how much the wall clock was ahead of the last result; negative: behind.
  Duration Ahead() const;

 private:
  bool begun_ = false;
  std::chrono::nanoseconds now_{};
  std::chrono::nanoseconds floor_{};
  ClockReading last_;
};

}  // namespace usher::io
