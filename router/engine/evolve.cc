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
  const auto found = agent_index_.find(agent.value());
  USHER_CHECK(found != agent_index_.end(), "an event names a known agent");
  MarkDirty(agents_[found->second]);
  return agents_[found->second];
}

LiveQueue& State::Get(const QueueId& queue) {
  const auto found = queue_index_.find(queue.value());
  USHER_CHECK(found != queue_index_.end(), "an event names a known queue");
  MarkDirty(queues_[found->second]);
  return queues_[found->second];
}

}  // namespace usher::engine
