// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "router/engine/explain.h"
#include "router/engine/explain_words.h"
#include "router/engine/state.h"

namespace usher::engine {

// What stands between one contact that waits and each agent, at an instant: the one place where
// laws 3, 5, 7 and 8 are asked "why not". It looks at the state itself and at nothing derived from
// the clock, so that a replayed state can be asked about any instant after its last event.
class Hurdles {
 public:
  // The contact is waiting or offered. Both references must outlive this.
  Hurdles(const State& state, const LiveContact& contact, Instant now)
      : state_(state), contact_(contact), now_(now) {}

  // The first hurdle of the agent, and the first behind `passed`; kNone where nothing stops her.
  HurdleKind Of(const LiveAgent& agent) const { return After(agent, HurdleKind::kNone); }
  HurdleKind After(const LiveAgent& agent, HurdleKind passed) const;
  // Member, channel, skills and tier are right, whatever she does now.
  bool CouldServe(const LiveAgent& agent) const;
  // The same with the facts.
  AgentHurdle Describe(const LiveAgent& agent) const;

  // Who serves one of the contact's queues, by index.
  std::vector<AgentIndex> Members() const;
  // Whether every agent who could be asked now was asked in the round (point 9).
  bool IsNewRound() const;
  // Nobody but the preferred agent is asked (point 13); the instant at which that ends anyway.
  bool HasHope() const;
  Instant HopeEnds() const;
  // Nothing until then, after a reject or a miss.
  bool IsPausing() const;

  const State& state() const { return state_; }
  const LiveContact& contact() const { return contact_; }
  Instant now() const { return now_; }

 private:
  bool Stops(HurdleKind kind, const LiveAgent& agent) const;
  bool IsBehindTier(const LiveAgent& agent) const;
  std::optional<std::int32_t> LowestTierAsked() const;
  std::optional<std::int32_t> MembershipTier(const LiveAgent& agent) const;
  // Nothing but the round and the contact's own pauses is in her way.
  bool IsPresentCandidate(const LiveAgent& agent) const;
  std::vector<AgentId> Fresh(std::size_t limit) const;

  const State& state_;
  const LiveContact& contact_;
  Instant now_;
  mutable std::optional<bool> has_hope_{};
  mutable std::optional<bool> is_new_round_{};
};

bool IsInRejectDelay(const LiveAgent& agent, Instant now);
// What the agent holds, at most kHoldingsMax.
std::vector<Holding> HoldingsOf(const State& state, const LiveAgent& agent);
std::map<Channel, std::int32_t> LoadOf(const LiveAgent& agent);

}  // namespace usher::engine
