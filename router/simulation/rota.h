// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "router/engine/calendar.h"
#include "router/simulation/traffic.h"

namespace usher::simulation {

// When a group of agents works, by local clocks.
struct Shifts {
  struct Break {
    std::int32_t start_minute = 0;  // since local midnight
    Duration length{0};
    std::string reason{};
  };
  bool always = true;  // from the start to the end, but for the breaks
  std::vector<engine::OpenSpan> weekly{};
  std::vector<Break> breaks{};  // every day; those outside of a shift do not happen
};

// The duties of each instant from `start` to `end`, the first one at `start`; neighbours differ.
std::vector<Duty> RotaOf(const Shifts& shifts, const engine::TimeZone& zone, Instant start,
                         Instant end);

}  // namespace usher::simulation
