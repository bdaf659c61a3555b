// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "router/engine/expression.h"
#include "router/engine/live_agent.h"
#include "router/engine/live_queue.h"
#include "router/engine/ready_agent.h"
#include "router/engine/sorted_chunks.h"

namespace usher::engine {

// Contacts with the same key can be served by the same agents, whatever else they are.
struct DemandKey {
  QueueIndex queue = kNoIndex;
  Channel channel = Channel::kVoice;
  std::uint16_t steps_in_force = 0;
  std::uint32_t requirement = 0;  // the contact's own
  std::optional<std::int32_t> max_tier{};

  friend auto operator<=>(const DemandKey&, const DemandKey&) = default;
};

// A demand class: the contacts that wait with one demand, in order, and the agents who could take
// one of them now. Dispatch has nothing to do for a class while either side is empty, so that one
// arrival or one freed agent costs only what it touches.
class DemandClass {
 public:
  DemandKey key{};
  ClassIndex index = kNoIndex;
  Requirement requirement{};  // queue's or step's part, and the contact's own
  std::optional<std::int32_t> max_tier{};
  std::vector<QueueIndex> queues{};  // the contact's first, then those that steps added

  ContactOrder order{};  // those that may be offered now
  SortedChunks<ReadyAgent> ready{};
  std::size_t contacts = 0;   // that wait with this demand, offered or not
  std::size_t signed_in = 0;  // agents of any load who could ever serve it
  bool is_listed = false;     // among the matchable classes of the state
  bool is_unserved = false;   // among those to be checked for steps to skip
  bool is_stranded = false;   // among those to be checked again when somebody signs in

  // The agent's tier for these contacts (point 14); none where she may not serve them at all.
  std::optional<std::int32_t> TierOf(const LiveAgent& agent) const;
  bool IsMember(const LiveAgent& agent) const;  // of one of its queues, in whatever tier
  bool IsMatchable() const { return !order.empty() && !ready.empty(); }
};

}  // namespace usher::engine
