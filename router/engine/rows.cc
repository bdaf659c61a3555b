// SPDX-License-Identifier: Apache-2.0
#include "router/engine/rows.h"

#include <algorithm>
#include <utility>

#include "router/engine/state.h"

// From memory to plain records, and what of it changed.

namespace usher::engine {
namespace {

template <class Id>
std::vector<Id> SortedOnce(std::vector<Id> ids) {
  if (!std::is_sorted(ids.begin(), ids.end())) std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

void CopyWishes(const ContactWishes& wishes, ContactRow& row) {
  row.max_tier = wishes.max_tier;
  row.wait_limit = wishes.wait_limit;
  row.prefer_for = wishes.prefer_for;
  row.not_before = wishes.not_before;
  if (wishes.submitted) row.submitted = *wishes.submitted;
  row.consult = wishes.consult;
  row.consults = wishes.consults;
  row.is_direct_consult = wishes.is_direct_consult;
  row.resumes = wishes.resumes;
}

void CopyPayload(const ContactPayload& payload, ContactRow& row) {
  row.customer = payload.customer;
  row.external_id = payload.external_id;
  row.adapter = payload.adapter;
  row.attributes = payload.attributes;
  row.subject = payload.subject;
  row.disposition = payload.disposition;
  row.note = payload.note;
}

void CopyOffers(const ContactOffers& offers, const std::vector<LiveAgent>& agents,
                ContactRow& row) {
  row.offer_again_from = offers.offer_again_from;
  row.offering_since = offers.offering_since;
  if (offers.assigned != kNever) row.assigned = offers.assigned;
  if (offers.held != kNever) row.held = offers.held;
  for (const LiveOffer& offer : offers.open) {
    row.offers.push_back(
        {offer.id, agents[offer.agent].id, offer.made, offer.deadline, offer.alone, offer.tier});
  }
  for (const EndedOffer& past : offers.past) {
    row.past_offers.push_back({past.id, agents[past.agent].id, past.end, past.in_round});
  }
}

}  // namespace

ContactRow State::ToRow(const LiveContact& contact) const {
  ContactRow row{.id = contact.id,
                 .state = contact.state,
                 .channel = contact.channel,
                 .queue = queues_[contact.queue].id,
                 .key = contact.key,
                 .parts = contact.Parts(),
                 .requirement = requirements_.TextOf(contact.requirement)};
  row.submitted = contact.arrived;
  row.arrived = contact.arrived;
  if (contact.wishes) CopyWishes(*contact.wishes, row);
  if (contact.Barred() != kNoIndex) row.consulter = agents_[contact.Barred()].id;
  if (contact.prefer != kNoIndex) row.prefer = agents_[contact.prefer].id;
  row.prefer_declined = contact.prefer_declined;
  if (contact.waiting_since != kNever) row.waiting_since = contact.waiting_since;
  row.waited = contact.waited;
  row.waited_in_queue = contact.waited_in_queue;
  row.steps_fired = contact.steps_fired;
  row.steps_in_force = contact.steps_in_force;
  if (contact.offers) CopyOffers(*contact.offers, agents_, row);
  if (contact.agent != kNoIndex) row.agent = agents_[contact.agent].id;
  row.transfers = contact.transfers;
  row.escalated = contact.escalated;
  row.is_lost = contact.is_lost;
  if (contact.payload) CopyPayload(*contact.payload, row);
  return row;
}

AgentRow State::ToRow(const LiveAgent& agent) const {
  return {.id = agent.id,
          .presence = agent.presence,
          .reason = agent.reason,
          .grace_ends = agent.grace_ends,
          .idle_since = agent.idle_since,
          .misses = agent.misses,
          .asked_from = agent.asked_from,
          .wrap_ups = agent.wrap_ups,
          .today = agent.today,
          .presence_since = agent.presence_since};
}

QueueRow State::ToRow(const LiveQueue& queue) const {
  QueueRow row{.id = queue.id};
  for (const auto& [agent, offer] : queue.last_offered) {
    row.last_offered.emplace(agents_[agent].id, offer);
  }
  for (const LiveMiss& miss : queue.misses) row.misses.push_back({agents_[miss.agent].id, miss.at});
  row.accepted = queue.accepted;
  row.accepted_in_time = queue.accepted_in_time;
  row.empty_since = queue.empty_since;
  row.recent_accepts = queue.recent_accepts;
  row.breaker_open = queue.breaker_open;
  row.kept_places = queue.kept_places;
  return row;
}

DomainRow State::ToRow() const {
  DomainRow row{.version = version_,
                .domain = domain_,
                .next_contact = next_contact_,
                .next_offer = next_offer_,
                .next_sequence = next_sequence_,
                .random = random_,
                .now = now_};
  for (const auto& [name, adapter] : adapters_) {
    row.adapters.push_back({name, adapter.lost_at, adapter.check_at});
  }
  return row;
}

DirtyRows State::TakeDirty() {
  DirtyRows dirty;
  dirty.domain = std::exchange(domain_dirty_, false);
  dirty.queues = std::exchange(reloaded_queues_, {});
  for (const QueueIndex queue : dirty_queues_) {
    queues_[queue].dirty = false;
    dirty.queues.push_back(queues_[queue].id);
  }
  dirty_queues_.clear();
  dirty.queues = SortedOnce(std::move(dirty.queues));
  dirty.agents = std::exchange(reloaded_agents_, {});
  std::sort(dirty_agents_.begin(), dirty_agents_.end());
  for (const AgentIndex agent : dirty_agents_) {
    agents_[agent].dirty = false;
    dirty.agents.push_back(agents_[agent].id);
  }
  dirty_agents_.clear();
  dirty.agents = SortedOnce(std::move(dirty.agents));
  dirty.contacts = SortedOnce(std::exchange(dirty_contacts_, {}));
  for (const ContactId contact : dirty.contacts) {
    if (LiveContact* found = contacts_.Find(contact)) found->dirty = false;
  }
  return dirty;
}

}  // namespace usher::engine
