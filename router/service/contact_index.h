// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/id.h"
#include "router/engine/engine.h"
#include "router/engine/event.h"
#include "router/engine/words.h"

namespace usher::service {

// What those who are told of events need to know of a contact that the events do not repeat.
struct IndexedContact {
  std::string adapter;
  std::string external_id;
  CustomerId customer;
  engine::Channel channel = engine::Channel::kVoice;
  QueueId queue;
  engine::ContactState state = engine::ContactState::kScheduled;
};

// Every open contact as of the last event told: not as of the engine, which is ahead of what
// watchers may know. Memory: about 350 bytes a contact, bounded by the engine's own bound.
class ContactIndex {
 public:
  using StateCounts = std::array<std::int64_t, 7>;  // by ContactState

  // Starts anew from what a loaded engine holds.
  void Load(const engine::Engine& engine);
  void Clear();

  // What the event is about, as it was before a `closed` and after anything else; null when the
  // event is about no contact, or about one that never was open (a refused submit's `closed` comes
  // after its `submitted`, so it is known). The pointer is valid until the next call.
  const IndexedContact* Apply(const engine::Event& event);

  const IndexedContact* Find(ContactId contact) const;
  // The latest contact of the channel whose external id begins so and that is not being wrapped up;
  // 0 where there is none. O(those that begin so).
  ContactId FindByPrefix(engine::Channel channel, const std::string& prefix) const;
  // Open contacts by queue and state. Queues that once held contacts stay, with zeros.
  const std::map<QueueId, StateCounts>& counts() const { return counts_; }
  std::size_t size() const { return contacts_.size(); }

 private:
  using ExternalId = std::pair<engine::Channel, std::string>;

  void Name(ContactId id, const IndexedContact& contact);
  void Unname(ContactId id, const IndexedContact& contact);
  void Move(IndexedContact& contact, const QueueId& queue, engine::ContactState state);

  std::unordered_map<ContactId, IndexedContact> contacts_;
  // With the contact, for while one of a name is wrapped up the next may have come in.
  std::set<std::pair<ExternalId, ContactId>> external_ids_;
  std::map<QueueId, StateCounts> counts_;
  IndexedContact closed_;
};

// The contact and the agent that an event is about; none where it is about something else.
ContactId ContactOf(const engine::Event& event);
const AgentId* AgentOf(const engine::Event& event);

}  // namespace usher::service
