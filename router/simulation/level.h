// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace usher::simulation {

// The part of time that a report counts.
struct Window {
  Instant start{};
  Instant end{};

  Duration Length() const { return end - start; }
  bool Has(Instant at) const { return at >= start; }
  // How much of a span lies inside.
  Duration Clip(Instant from, Instant to) const {
    return std::max(Duration{0}, std::min(to, end) - std::max(from, start));
  }
};

// A number of things over time: its sum over the milliseconds of the window, and its peak there.
class Level {
 public:
  void Change(std::int64_t by, Instant now, const Window& window) {
    area_ += now_ * window.Clip(since_, now).count();
    if (now > window.start) max_ = std::max(max_, now_);
    now_ += by;
    since_ = now;
    if (now >= window.start) max_ = std::max(max_, now_);
  }
  std::int64_t now() const { return now_; }
  std::int64_t max() const { return max_; }
  std::int64_t area_ms() const { return area_; }  // up to the last change

 private:
  std::int64_t now_ = 0;
  std::int64_t max_ = 0;
  std::int64_t area_ = 0;
  Instant since_{};
};

}  // namespace usher::simulation
