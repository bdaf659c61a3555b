// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace usher {

// Spans are whole milliseconds everywhere behind the wire: fine enough for routing, and integers
// replay exactly. Finer latencies are measured by metrics, never decided upon.
using Duration = std::chrono::duration<std::int64_t, std::milli>;

// Names a clock for type safety only; nothing can be read from it. The engine is handed its
// instants, and `io::WallClock` (base/io/clock.h) makes them for the running server.
struct DomainClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<DomainClock, duration>;
  static constexpr bool is_steady = true;
};

// Milliseconds since the Unix epoch, UTC, without leap seconds.
using Instant = DomainClock::time_point;

constexpr Instant InstantFromUnixMs(std::int64_t ms) { return Instant{Duration{ms}}; }
constexpr std::int64_t ToUnixMs(Instant instant) { return instant.time_since_epoch().count(); }

// Later than any deadline; used for "never".
constexpr Instant kNever = Instant::max();

}  // namespace usher
