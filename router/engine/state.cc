// SPDX-License-Identifier: Apache-2.0
#include "router/engine/state.h"

#include <limits>
#include <utility>

// Lookups, and what follows from state and clock.

namespace usher::engine {

const LiveAgent* State::FindAgent(const AgentId& agent) const {
  const AgentIndex found = ResolveAgent(agent);
  return found == kNoIndex ? nullptr : &agents_[found];
}

const LiveQueue* State::FindQueue(const QueueId& queue) const {
  const QueueIndex found = ResolveQueue(queue);
  return found == kNoIndex ? nullptr : &queues_[found];
}

AgentIndex State::ResolveAgent(const AgentId& agent) const {
  static_assert(NameTable::kNone == kNoIndex);
  return agent_names_.Find(agent.value(), [&](AgentIndex index) -> const std::string& {
    return agents_[index].id.value();
  });
}

QueueIndex State::ResolveQueue(const QueueId& queue) const {
  return queue_names_.Find(queue.value(), [&](QueueIndex index) -> const std::string& {
    return queues_[index].id.value();
  });
}

AgentIndex State::IndexOf(const LiveAgent& agent) const {
  return static_cast<AgentIndex>(&agent - agents_.data());
}

QueueIndex State::IndexOf(const LiveQueue& queue) const {
  return static_cast<QueueIndex>(&queue - queues_.data());
}

const LiveContact* State::FindByExternalId(Channel channel, const std::string& external_id) const {
  const auto found = external_ids_.find(ExternalKey(channel, external_id));
  return found == external_ids_.end() ? nullptr : &contacts_[found->second];
}

std::string ExternalKey(Channel channel, const std::string& external_id) {
  return std::string(1, static_cast<char>('0' + static_cast<int>(channel))) + external_id;
}

std::size_t State::OffersAllowed(const LiveContact& contact, Instant now) const {
  const Queue& config = *queues_[contact.queue].config;
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  if (config.strategy == Strategy::kBroadcast) {
    return config.broadcast == 0 ? kAll : static_cast<std::size_t>(config.broadcast);
  }
  if (config.strategy != Strategy::kProgressive) return 1;
  if (!contact.offers || !contact.offers->offering_since) return 1;
  if (config.progressive <= Duration{0}) return kAll;
  const Duration running = now - *contact.offers->offering_since;
  return 1 + static_cast<std::size_t>(running / config.progressive);
}

std::optional<Instant> State::HoldEndsOf(const LiveContact& contact) const {
  if (contact.state != ContactState::kHeld || contact.Consults()) return std::nullopt;
  const std::optional<Duration>& limit = queues_[contact.queue].config->hold_limit;
  if (!limit || IsCall(contact.channel)) return std::nullopt;
  return contact.offers->held + *limit;
}

bool State::IsOfferable(const LiveContact& contact) const {
  if (!contact.Waits() || contact.hoping) return false;
  if (!contact.offers) return true;
  const ContactOffers& offers = *contact.offers;
  if (offers.offer_again_from && *offers.offer_again_from > clock_) return false;
  if (offers.open.empty()) return true;
  return !offers.open.front().alone && offers.open.size() < OffersAllowed(contact);
}

Duration State::PreferForOf(const LiveContact& contact) const {
  if (contact.wishes && contact.wishes->prefer_for) return *contact.wishes->prefer_for;
  return queues_[contact.queue].config->prefer_for;
}

bool State::HasPreferredHope(const LiveContact& contact, Instant now) const {
  if (contact.prefer == kNoIndex || contact.prefer_declined || contact.demand == nullptr) {
    return false;
  }
  if (contact.WaitedInQueueAt(now) >= PreferForOf(contact)) return false;
  const LiveAgent& preferred = agents_[contact.prefer];
  return preferred.presence == Presence::kAvailable &&
         contact.demand->TierOf(preferred).has_value();
}

}  // namespace usher::engine
