// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "router/engine/explain.h"
#include "router/engine/hurdles.h"

namespace usher::engine {

// The tables that explanations are made of.

struct RankedTable {
  StandingTable table{};
  std::optional<DrawFacts> draw{};  // where a random strategy would draw
  Decider decider = Decider::kNobodyElse;
};
// How all members stand to the contact, candidates ranked by point 11. O(members log members).
RankedTable TableOf(const Hurdles& hurdles, std::size_t limit);

// The contact as routing sees it; in any state.
ContactFacts FactsOf(const State& state, const LiveContact& contact, Instant now,
                     std::size_t limit);

// The contacts where the agent is a member, in the order of law 1 across her queues, as she meets
// them. O(waiting in queues whose contacts she may serve).
struct StandingsWish {
  bool waiting_only = false;         // leaves out those being offered
  std::optional<OrderKey> before{};  // only what stands ahead of this
  std::size_t limit = kExplainLimit;
};
ContactStandings StandingsOf(const State& state, const LiveAgent& agent, Instant now,
                             const StandingsWish& wish);

}  // namespace usher::engine
