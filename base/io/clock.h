// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/time.h"

namespace usher::io {

// Reads the machine's clock for everything that must not read one itself: the engine and whatever
// replays are handed an Instant, and this is where the running server gets it.
//
// The result never goes back: when the wall clock is set back, the last value stands until the
// wall clock has caught up, so that events keep their order. One object per loop; not thread-safe.
class WallClock {
 public:
  Instant Now();

 private:
  Instant last_{};
};

}  // namespace usher::io
