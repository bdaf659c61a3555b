// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "router/engine/command.h"

namespace usher::engine::simulation {

// How a router that died comes back, just before the action.
enum class Restart : std::uint8_t {
  kNone = 0,
  kFromRows = 1,       // from the rows of this very state
  kFromOlderRows = 2,  // from rows written some time ago, and the log after them
  kStandby = 3,        // the standby, which did nothing but fold the log, takes over
};

// Where a command came from, for counting.
enum class Fault : std::uint8_t {
  kNone = 0,
  kRepeated = 1,  // its reply was lost, so it was sent again
  kLate = 2,      // overtaken by others on its way
  kStale = 3,     // an old one, long after
};

// One thing that happens to a simulated world. A list of these and the first domain are all there
// is to a run: the same list makes the same run, also when some of it is left out.
struct Action {
  Instant at{};                      // as the caller's clock says, which may fall
  std::optional<Command> command{};  // none: only the clock moves
  Restart restart = Restart::kNone;
  bool write_rows = false;  // the rows catch up with the log first
  Fault fault = Fault::kNone;
};

// "+12.345s accept contact 4 agent b1" and the like, for a person.
std::string Describe(const Action& action, Instant start);
std::string Describe(const Command& command);

}  // namespace usher::engine::simulation
