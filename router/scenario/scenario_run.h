// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "router/scenario/scenario.h"

namespace usher::scenario {

// Why a scenario failed, for the person who wrote it.
struct Failure {
  int line = 0;
  std::string what;      // "offered", "accept c1", "an invariant"
  std::string expected;  // "[c1 -> ann]"
  std::string happened;  // "[]"
  std::vector<std::string> last_events;
};

struct RunOptions {
  // Also restart the engine from its rows before every step: nothing may come out otherwise.
  bool restart_everywhere = false;
};

// Runs the scenario through an engine of its own. After every command the engine's invariants are
// checked, and at the end that a second engine which folded the same events is in the same state.
// Nothing where all held.
std::optional<Failure> RunScenario(const Scenario& scenario, const RunOptions& options);

}  // namespace usher::scenario
