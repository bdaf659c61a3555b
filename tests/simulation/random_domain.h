// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "router/engine/domain.h"
#include "tests/simulation/dice.h"

namespace usher::engine::simulation {

// When every simulated world begins: Monday 2026-03-23 08:00 UTC.
inline constexpr Instant kWorldStart = InstantFromUnixMs(1'774'252'800'000);

// A valid domain made by chance, small enough that everything in it meets: 2-6 queues with any
// strategy, steps of every kind (overflow cycles that take time among them), hours in a zone with
// changes of offset, capacities of every shape, 2-8 agents. `mark` ends the id of every agent and
// queue, so that whose they are can be told.
Domain RandomDomain(const std::string& mark, Dice& dice);

// The same domain after somebody edited it: agents gone or new, other skills, tiers, queues,
// strategies, steps and capacities; the zone stays. It is valid by itself, but may lack a queue or
// a skill that is in use.
Domain EditedDomain(const Domain& domain, Dice& dice);

// Gives some queues wrap-ups of their own for some channels.
void AddWrapUpsByChannel(Domain& domain, Dice& dice);
// How long adapters may be gone, by chance, without end among it.
void AddAdapterGraces(Domain& domain, Dice& dice);
// Limits of what is on hold, and service levels that count opening hours, for some queues.
void AddHoldLimits(Domain& domain, Dice& dice);
void AddServiceHours(Domain& domain, Dice& dice);

}  // namespace usher::engine::simulation
