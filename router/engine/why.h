// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router/engine/state.h"
#include "router/engine/words.h"

namespace usher::engine {

// Point 41 of the semantics: one word for why a contact still waits, and why an agent is idle.
// They sum up what hurdles.h finds. They walk agents or contacts: queries for people, not for the
// loop.

Refusal WhyWaiting(const State& state, const LiveContact& contact, Instant now);
Refusal WhyIdle(const State& state, const LiveAgent& agent, Instant now);

}  // namespace usher::engine
