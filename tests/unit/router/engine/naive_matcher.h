// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "router/engine/engine.h"

namespace usher::engine {

// The laws of routing in their plainest form, as an oracle: for the state that the rows of an
// engine show, walk all waiting contacts in the order of law 1, look at every agent for each, and
// name the first offer. It shares no code with the engine's dispatch.
struct NaiveOffer {
  ContactId contact{};
  AgentId agent{};
  bool new_round = false;

  friend bool operator==(const NaiveOffer&, const NaiveOffer&) = default;
};
std::optional<NaiveOffer> NextOffer(const Engine& engine, Instant now);

// Among whom the strategy would choose for this contact, were it its turn; by id.
std::vector<AgentId> CandidatesFor(const Engine& engine, ContactId contact, Instant now);

// Whether the agent has room for one more contact of this channel.
bool HasRoomFor(const Engine& engine, const AgentId& agent, Channel channel);

// Law 6: how many steps have to be in force for somebody who is signed in to serve the contact,
// where with those of `contact` nobody could; none where somebody can, or none of them helps.
std::optional<std::uint32_t> StepsToSkipTo(const Engine& engine, ContactRow contact);

}  // namespace usher::engine
