// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "router/engine/core.h"
#include "router/engine/engine.h"
#include "router/engine/standings.h"

// Why this agent.

namespace usher::engine {
namespace {

OfferWay WayOf(const Offered& offered, const StandingTable& table) {
  if (offered.alone) return OfferWay::kTransfer;
  const bool is_preferred =
      !table.agents.empty() && table.agents.front().rank && table.agents.front().rank->preferred;
  return is_preferred ? OfferWay::kPreferred : OfferWay::kStrategy;
}

}  // namespace

std::optional<OfferExplanation> Engine::ExplainOffer(const Offered& offered, Instant at,
                                                     std::size_t limit) const {
  const State& state = core_->state();
  const LiveContact* contact = state.FindContact(offered.contact);
  const LiveAgent* agent = state.FindAgent(offered.agent);
  if (contact == nullptr || agent == nullptr || !contact->Waits()) return std::nullopt;
  at = std::max(at, state.clock());
  const Hurdles hurdles(state, *contact, at);
  // One more than shown, so that the best is there even for a limit of 0.
  RankedTable ranked = TableOf(hurdles, std::max<std::size_t>(limit, 1));
  OfferExplanation explanation{.offer = offered.offer,
                               .agent = offered.agent,
                               .at = at,
                               .deadline = offered.deadline,
                               .version = state.version(),
                               .way = WayOf(offered, ranked.table),
                               .new_round = offered.new_round,
                               .contact = FactsOf(state, *contact, at, limit),
                               .decider = ranked.decider,
                               .draw = ranked.draw};
  if (ranked.table.candidates > 0) explanation.best = ranked.table.agents.front().agent;
  if (explanation.way == OfferWay::kTransfer) {
    explanation.best = offered.agent;
    explanation.decider = Decider::kTransfer;
    explanation.draw.reset();
  }
  explanation.table = std::move(ranked.table);
  explanation.ahead = StandingsOf(state, *agent, at, {.before = contact->key, .limit = limit});
  return explanation;
}

}  // namespace usher::engine
