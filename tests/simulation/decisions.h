// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "router/engine/engine.h"
#include "tests/simulation/findings.h"

namespace usher::engine::simulation {

// Whether a decision is the one that the laws ask for. `before` is the state right before the
// event, folded from the events so far; the naive matcher reads its rows and looks at everybody.
// `earlier` are those of the same command.
void CheckDecision(const Engine& before, const Event& event, std::span<const Event> earlier,
                   Findings& findings);

// After a command: nobody who could take a waiting contact is left unasked, and no step that ought
// to be skipped stands.
void CheckNothingLeftToDecide(const Engine& after, Instant now, Findings& findings);

}  // namespace usher::engine::simulation
