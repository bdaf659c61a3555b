// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "router/engine/state.h"

namespace usher::engine {

// Every invariant of the state that is broken, in words: conservation, capacity, orders, ready
// sets, timers, and that dispatch left nothing undone. It computes all from the contacts and agents
// themselves and compares the indexes with that.
std::vector<std::string> CheckState(const State& state);

}  // namespace usher::engine
