// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "router/engine/domain.h"
#include "router/engine/expression.h"
#include "router/engine/live_contact.h"
#include "router/engine/rows.h"
#include "router/engine/sorted_chunks.h"

namespace usher::engine {

// A contact in an order of contacts.
struct OrderEntry {
  std::int32_t priority = 0;
  ContactSlot contact = kNoIndex;
  Instant due{};
  std::uint64_t sequence = 0;

  static OrderEntry Of(const OrderKey& key, ContactSlot contact) {
    return {key.priority, contact, key.due, key.sequence};
  }
  OrderKey key() const { return {priority, due, sequence}; }
  friend bool operator<(const OrderEntry& a, const OrderEntry& b) { return a.key() < b.key(); }
};
using ContactOrder = SortedChunks<OrderEntry>;

// A step with its ids and expressions resolved.
struct LiveStep {
  const Step* config = nullptr;
  std::optional<Requirement> requirement{};
  std::vector<QueueIndex> also{};
  QueueIndex overflow = kNoIndex;

  // Whether the contact leaves this queue here: steps from here on cannot be skipped to.
  bool Leaves() const { return overflow != kNoIndex || config->give_up; }
};

struct LiveMiss {
  AgentIndex agent = kNoIndex;
  Instant at{};
};

// A queue in memory: its configuration, resolved, and what QueueRow says.
struct LiveQueue {
  QueueId id{};
  const Queue* config = nullptr;
  const Hours* hours = nullptr;          // null: always open
  const Hours* promise_hours = nullptr;  // of its service level; null: all time counts
  Requirement requirement{};
  std::vector<LiveStep> steps{};
  std::optional<std::int32_t> first_max_tier{};  // 0 where any step sets one
  QueueIndex escalate_to = kNoIndex;
  std::vector<AgentIndex> agents{};  // who list it, by index

  std::map<AgentIndex, OfferId> last_offered{};
  std::vector<LiveMiss> misses{};  // the latest of each agent, oldest first
  bool breaker_open = false;
  std::int64_t accepted = 0;
  std::int64_t accepted_in_time = 0;
  std::optional<Instant> empty_since{};
  std::vector<Instant> recent_accepts{};
  std::vector<KeptPlace> kept_places{};  // in the order of abandoning

  // Derived.
  ContactOrder order{};       // waiting and offered
  std::size_t offered = 0;    // of these
  std::size_t signed_in = 0;  // of `agents`
  bool dirty = false;

  bool MayLeaveWhenEmpty() const { return config->when_empty.then == EmptyAction::kLeave; }
  // The latest place that is kept for the customer at `now`; null where there is none.
  const KeptPlace* FindKeptPlace(const CustomerId& customer, Channel channel, Instant now) const;
};

}  // namespace usher::engine
