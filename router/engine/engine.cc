// SPDX-License-Identifier: Apache-2.0
#include "router/engine/engine.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "router/engine/check_state.h"
#include "router/engine/core.h"
#include "router/engine/why.h"

// The public face: forwards to the core, and answers queries from the state.

namespace usher::engine {

Engine::Engine() : core_(std::make_unique<Core>()) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Outcome Engine::Execute(const Command& command, Instant now, std::vector<Event>& out) {
  return core_->Execute(command, now, out);
}

void Engine::Advance(Instant now, std::vector<Event>& out) { core_->Advance(now, out); }
Instant Engine::NextDeadline() const { return core_->NextDeadline(); }
void Engine::Evolve(const Event& event) {
  core_->state().Evolve(event);
  core_->state().PostAll();
}

// --- Reading.

std::optional<ContactRow> Engine::FindContact(ContactId contact) const {
  const LiveContact* found = core_->state().FindContact(contact);
  if (found == nullptr) return std::nullopt;
  return core_->state().ToRow(*found);
}

std::optional<ContactId> Engine::FindContact(Channel channel,
                                             const std::string& external_id) const {
  const LiveContact* found = core_->state().FindByExternalId(channel, external_id);
  if (found == nullptr) return std::nullopt;
  return found->id;
}

std::optional<AgentRow> Engine::FindAgent(const AgentId& agent) const {
  const LiveAgent* found = core_->state().FindAgent(agent);
  if (found == nullptr || (found->config == nullptr && !found->HasWork())) return std::nullopt;
  return core_->state().ToRow(*found);
}

AgentWork Engine::WorkOf(const AgentId& agent) const {
  const State& state = core_->state();
  const LiveAgent* found = state.FindAgent(agent);
  AgentWork work;
  if (found == nullptr) return work;
  for (const Channel channel : kChannels) {
    const std::int32_t held = found->load[static_cast<std::size_t>(channel)];
    if (held > 0) work.load.emplace(channel, held);
  }
  for (const AgentOffer& offer : found->offers) {
    const LiveContact& contact = state.contacts()[offer.contact];
    const LiveOffer& open = *contact.FindOpenOffer(state.IndexOf(*found));
    work.offers.push_back({offer.id, agent, open.made, open.deadline, open.alone, open.tier});
    work.offered.push_back(contact.id);
  }
  work.assigned = found->assigned;
  work.held = found->held;
  return work;
}

QueueCounts Engine::CountsOf(const QueueId& queue) const {
  const State& state = core_->state();
  const LiveQueue* found = state.FindQueue(queue);
  QueueCounts counts;
  if (found == nullptr) return counts;
  counts.waiting = found->order.size();
  counts.offered = found->offered;
  counts.agents_signed_in = found->signed_in;
  for (const AgentIndex agent : found->agents) {
    counts.agents_available += state.agent(agent).presence == Presence::kAvailable ? 1 : 0;
  }
  counts.accepted = found->accepted;
  counts.accepted_in_time = found->accepted_in_time;
  return counts;
}

std::optional<std::int32_t> QueueCounts::ServiceLevel() const {
  if (accepted == 0) return std::nullopt;
  return static_cast<std::int32_t>((accepted_in_time * 20'000 + accepted) / (2 * accepted));
}

std::vector<ContactId> Engine::WaitingIn(const QueueId& queue, std::size_t limit) const {
  std::vector<ContactId> waiting;
  const LiveQueue* found = core_->state().FindQueue(queue);
  if (found == nullptr) return waiting;
  found->order.ForEach([&](const OrderEntry& entry) {
    if (waiting.size() >= limit) return false;
    waiting.push_back(core_->state().contacts()[entry.contact].id);
    return true;
  });
  return waiting;
}

std::size_t Engine::PositionOf(ContactId contact) const {
  const State& state = core_->state();
  const LiveContact* found = state.FindContact(contact);
  if (found == nullptr || !found->Waits()) return 0;
  return 1 + state.QueueOf(*found).order.RankOf(
                 OrderEntry::Of(found->key, state.contacts().SlotOf(contact)));
}

std::optional<WaitEstimate> Engine::EstimatedWaitOf(ContactId contact, Instant at) const {
  const State& state = core_->state();
  const LiveContact* found = state.FindContact(contact);
  if (found == nullptr || !found->Waits() || found->IsDirectConsult()) return std::nullopt;
  const LiveQueue& queue = state.QueueOf(*found);
  if (queue.signed_in == 0) return std::nullopt;
  return EstimateWait(queue.recent_accepts, std::max(at, state.clock()), PositionOf(contact));
}

Refusal Engine::WhyWaiting(ContactId contact) const {
  const LiveContact* found = core_->state().FindContact(contact);
  if (found == nullptr) return Refusal::kNotWaiting;
  return engine::WhyWaiting(core_->state(), *found, now());
}

Refusal Engine::WhyIdle(const AgentId& agent) const {
  const LiveAgent* found = core_->state().FindAgent(agent);
  if (found == nullptr) return Refusal::kUnknownAgent;
  return engine::WhyIdle(core_->state(), *found, now());
}

const Domain& Engine::domain() const { return core_->state().domain(); }
std::uint64_t Engine::version() const { return core_->state().version(); }
Instant Engine::now() const { return core_->state().clock(); }
std::size_t Engine::contact_count() const { return core_->state().contacts().size(); }

std::vector<ContactId> Engine::Contacts() const {
  std::vector<ContactId> ids;
  ids.reserve(contact_count());
  core_->state().contacts().ForEach(
      [&](ContactSlot, const LiveContact& contact) { ids.push_back(contact.id); });
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<AgentId> Engine::Agents() const {
  std::vector<AgentId> ids;
  for (const LiveAgent& agent : core_->state().agents()) {
    if (agent.config != nullptr || agent.HasWork()) ids.push_back(agent.id);
  }
  return ids;
}

std::vector<AdapterRow> Engine::Adapters() const {
  std::vector<AdapterRow> rows;
  for (const auto& [name, adapter] : core_->state().adapters()) {
    rows.push_back({name, adapter.lost_at, adapter.check_at});
  }
  return rows;
}

ContactId Engine::LastContact() const { return ContactId{core_->state().next_contact() - 1}; }

// --- Persistence.

DirtyRows Engine::TakeDirty() { return core_->state().TakeDirty(); }

ContactRow Engine::Row(ContactId contact) const {
  const LiveContact* found = core_->state().FindContact(contact);
  USHER_CHECK(found != nullptr, "a row is asked of an open contact");
  return core_->state().ToRow(*found);
}

AgentRow Engine::Row(const AgentId& agent) const {
  const LiveAgent* found = core_->state().FindAgent(agent);
  USHER_CHECK(found != nullptr, "a row is asked of a known agent");
  return core_->state().ToRow(*found);
}

QueueRow Engine::Row(const QueueId& queue) const {
  const LiveQueue* found = core_->state().FindQueue(queue);
  USHER_CHECK(found != nullptr, "a row is asked of a known queue");
  return core_->state().ToRow(*found);
}

DomainRow Engine::Row() const { return core_->state().ToRow(); }

Engine Engine::Restore(DomainRow domain, std::vector<QueueRow> queues, std::vector<AgentRow> agents,
                       std::vector<ContactRow> contacts) {
  Engine engine;
  engine.core_->state().Load(std::move(domain), std::move(queues), std::move(agents),
                             std::move(contacts));
  return engine;
}

std::vector<std::string> Engine::CheckState() const { return engine::CheckState(core_->state()); }

DispatchCost Engine::cost() const { return core_->cost(); }

}  // namespace usher::engine
