// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "router/engine/domain.h"
#include "router/engine/event.h"
#include "router/simulation/tally.h"
#include "router/simulation/traffic.h"

namespace usher::simulation {

struct RunOptions {
  std::uint64_t seed = 1;
  // Every event of the engine, in order; for tests and journals.
  std::function<void(const engine::Event&)> on_event{};
  // Now and then, the part of the time that has passed, from 0 to 1.
  std::function<void(double)> on_progress{};
  // After this many commands the engine's invariants are checked, again and again; 0: never.
  std::uint64_t check_every = 0;
};

// Bounds of one run. A domain whose waiting grows without end meets the second one first.
inline constexpr std::uint64_t kContactsMax = 20'000'000;       // those who call again counted
inline constexpr std::uint64_t kHappeningsMax = 1'000'000'000;  // of people and of timers

struct RunResult {
  Tally tally;
  std::uint64_t redials = 0;  // contacts of the window who had called before
  std::uint64_t happenings = 0;
};

// Lets people call and agents work in virtual time, with the engine of production between them:
// every decision is the engine's, every arrival, answer and goodbye is drawn. Stops at the
// traffic's end, with conversations still going on. The same domain, traffic and seed give the same
// events.
//
// `domain` and `traffic` outlive the result. Fails with TOO_MANY_CONTACTS, TOO_MANY_HAPPENINGS,
// TOO_MANY_OPEN, or with what the engine refused to do at all.
Result<RunResult> Simulate(const engine::Domain& domain, const Traffic& traffic,
                           const RunOptions& options);

}  // namespace usher::simulation
