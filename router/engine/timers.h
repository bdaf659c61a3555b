// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>

#include "base/time.h"
#include "router/engine/sorted_chunks.h"

namespace usher::engine {

// What can fall due, in the order in which one instant handles it (point 1 of the semantics). The
// nudges at the end make no event of their own: they only let offers be made again.
enum class TimerKind : std::uint8_t {
  kWrapUp = 0,
  kGrace = 1,
  kOffer = 2,
  kStep = 3,
  kWaitLimit = 4,
  kHoldLimit = 5,
  kArrival = 6,
  kEmptyQueue = 7,
  kAdapter = 8,       // an adapter's grace, or what is left of its contacts
  kContactNudge = 9,  // end of a pause, of prefer_for, of a progressive interval
  kAgentNudge = 10,   // end of a reject delay
};

struct Timer {
  Instant at{};
  std::uint64_t id = 0;   // offer id, contact id, or agent index; 0: of the adapters
  std::uint32_t ref = 0;  // agent index or contact slot; 0: of the adapters
  TimerKind kind = TimerKind::kWrapUp;

  friend bool operator<(const Timer& a, const Timer& b) {
    return std::tie(a.at, a.kind, a.id, a.ref) < std::tie(b.at, b.kind, b.id, b.ref);
  }
};

using TimerQueue = SortedChunks<Timer>;

}  // namespace usher::engine
