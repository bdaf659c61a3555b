// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

#include "base/time.h"

namespace usher::io {

// Counts what happens in windows of one length, one after the other: at most twice the limit in any
// span of that length.
class RateWindow {
 public:
  explicit RateWindow(Duration length) : length_(length) {}

  // Counts one more; how many there are in the present window now.
  std::size_t Count() {
    const auto now = std::chrono::steady_clock::now();
    if (now - began_ >= length_) {
      began_ = now;
      count_ = 0;
    }
    return ++count_;
  }

 private:
  Duration length_;
  std::chrono::steady_clock::time_point began_{};
  std::size_t count_ = 0;
};

}  // namespace usher::io
