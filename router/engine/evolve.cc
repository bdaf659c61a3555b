// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <variant>

#include "base/check.h"
#include "router/engine/state.h"

// The fold: what each event changes. Nothing is decided here; whatever could have been otherwise
// stands in the event.

namespace usher::engine {

void State::Evolve(const Event& event) {
  MoveClock(event.at);
  now_ = std::max(now_, event.at);
  domain_dirty_ = true;
  std::visit([&](const auto& body) { On(body, event.at); }, event.body);
}

LiveContact& State::Get(ContactId contact) {
  LiveContact* found = contacts_.Find(contact);
  USHER_CHECK(found != nullptr, "an event names an open contact");
  MarkDirty(*found);
  return *found;
}

LiveAgent& State::Get(const AgentId& agent) {
  const AgentIndex found = ResolveAgent(agent);
  USHER_CHECK(found != kNoIndex, "an event names a known agent");
  MarkDirty(agents_[found]);
  return agents_[found];
}

LiveQueue& State::Get(const QueueId& queue) {
  const QueueIndex found = ResolveQueue(queue);
  USHER_CHECK(found != kNoIndex, "an event names a known queue");
  MarkDirty(queues_[found]);
  return queues_[found];
}

}  // namespace usher::engine
