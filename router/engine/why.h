// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router/engine/state.h"
#include "router/engine/words.h"

namespace usher::engine {

// Point 41 of the semantics: one word for why a contact still waits, and why an agent is idle.
// They walk agents or contacts: queries for people, not for the loop.

Refusal WhyWaiting(const State& state, const LiveContact& contact);
Refusal WhyIdle(const State& state, const LiveAgent& agent);

}  // namespace usher::engine
