// SPDX-License-Identifier: Apache-2.0
#include "base/io/clock.h"

#include <algorithm>

namespace usher::io {

Instant WallClock::Now() {
  const auto wall = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  last_ = std::max(last_, InstantFromUnixMs(wall.time_since_epoch().count()));
  return last_;
}

}  // namespace usher::io
