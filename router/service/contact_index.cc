// SPDX-License-Identifier: Apache-2.0
#include "router/service/contact_index.h"

#include <type_traits>
#include <utility>
#include <variant>

namespace usher::service {

namespace {

using engine::ContactState;

std::size_t Slot(ContactState state) { return static_cast<std::size_t>(state); }

// The state that an event leaves its contact in; none where it does not say. An offer that ended
// leaves it waiting unless others are being asked, which Offered marks again: broadcast queues may
// show a contact as waiting while its second agent is still being asked.
std::optional<ContactState> StateAfter(const engine::Event& event) {
  return std::visit(
      [](const auto& body) -> std::optional<ContactState> {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<Body, engine::Queued> ||
                      std::is_same_v<Body, engine::Rejected> ||
                      std::is_same_v<Body, engine::Missed> ||
                      std::is_same_v<Body, engine::Withdrawn>) {
          return ContactState::kWaiting;
        } else if constexpr (std::is_same_v<Body, engine::Offered>) {
          return ContactState::kOffered;
        } else if constexpr (std::is_same_v<Body, engine::Assigned> ||
                             std::is_same_v<Body, engine::Resumed>) {
          return ContactState::kAssigned;
        } else if constexpr (std::is_same_v<Body, engine::HeldByAgent>) {
          return ContactState::kHeld;
        } else if constexpr (std::is_same_v<Body, engine::WrapUpStarted>) {
          if (body.closes) return ContactState::kWrapping;
        }
        return std::nullopt;
      },
      event.body);
}

const QueueId* QueueAfter(const engine::Event& event) {
  if (const auto* queued = std::get_if<engine::Queued>(&event.body)) return &queued->queue;
  if (const auto* moved = std::get_if<engine::Overflowed>(&event.body)) return &moved->queue;
  return nullptr;
}

}  // namespace

ContactId ContactOf(const engine::Event& event) {
  return std::visit(
      [](const auto& body) {
        if constexpr (requires { body.contact; }) {
          return body.contact;
        } else {
          return ContactId{};
        }
      },
      event.body);
}

const AgentId* AgentOf(const engine::Event& event) {
  return std::visit(
      [](const auto& body) -> const AgentId* {
        if constexpr (std::is_same_v<std::decay_t<decltype(body)>, engine::Closed>) {
          // A consult that nobody answered concerns the agent who asked.
          if (body.agent) return &body.agent;
          return body.consulter ? &body.consulter : nullptr;
        } else if constexpr (requires { body.agent; }) {
          return body.agent ? &body.agent : nullptr;
        } else if constexpr (std::is_same_v<std::decay_t<decltype(body)>, engine::Transferred>) {
          return body.from ? &body.from : nullptr;
        } else {
          return nullptr;
        }
      },
      event.body);
}

void ContactIndex::Clear() {
  contacts_.clear();
  external_ids_.clear();
  counts_.clear();
}

void ContactIndex::Name(ContactId id, const IndexedContact& contact) {
  if (contact.external_id.empty()) return;
  external_ids_.insert({{contact.channel, contact.external_id}, id});
}

void ContactIndex::Unname(ContactId id, const IndexedContact& contact) {
  if (contact.external_id.empty()) return;
  external_ids_.erase({{contact.channel, contact.external_id}, id});
}

ContactId ContactIndex::FindByPrefix(engine::Channel channel, const std::string& prefix) const {
  ContactId latest;
  for (auto it = external_ids_.lower_bound({{channel, prefix}, ContactId{}});
       it != external_ids_.end(); ++it) {
    const auto& [external_id, id] = *it;
    if (external_id.first != channel || !external_id.second.starts_with(prefix)) break;
    const IndexedContact* contact = Find(id);
    const bool takes_part = contact != nullptr && contact->state != ContactState::kWrapping;
    if (takes_part && latest < id) latest = id;
  }
  return latest;
}

void ContactIndex::Load(const engine::Engine& engine) {
  Clear();
  for (const ContactId id : engine.Contacts()) {
    const auto row = engine.FindContact(id);
    if (!row) continue;
    const auto [added, is_new] =
        contacts_.emplace(id, IndexedContact{row->adapter, row->external_id, row->customer,
                                             row->channel, row->queue, row->state});
    Name(id, added->second);
    ++counts_[row->queue][Slot(row->state)];
  }
}

const IndexedContact* ContactIndex::Find(ContactId contact) const {
  const auto found = contacts_.find(contact);
  return found == contacts_.end() ? nullptr : &found->second;
}

void ContactIndex::Move(IndexedContact& contact, const QueueId& queue, ContactState state) {
  --counts_[contact.queue][Slot(contact.state)];
  contact.queue = queue;
  contact.state = state;
  ++counts_[queue][Slot(state)];
}

const IndexedContact* ContactIndex::Apply(const engine::Event& event) {
  if (const auto* submitted = std::get_if<engine::Submitted>(&event.body)) {
    IndexedContact& contact = contacts_[submitted->contact];
    contact = {submitted->adapter, submitted->external_id, submitted->customer,
               submitted->channel, submitted->queue,       ContactState::kScheduled};
    Name(submitted->contact, contact);
    ++counts_[contact.queue][Slot(contact.state)];
    return &contact;
  }
  const auto found = contacts_.find(ContactOf(event));
  if (found == contacts_.end()) return nullptr;
  if (std::holds_alternative<engine::Closed>(event.body)) {
    Unname(found->first, found->second);
    closed_ = std::move(found->second);
    --counts_[closed_.queue][Slot(closed_.state)];
    contacts_.erase(found);
    return &closed_;
  }
  IndexedContact& contact = found->second;
  if (const auto* claimed = std::get_if<engine::Claimed>(&event.body)) {
    contact.adapter = claimed->adapter;
    return &contact;
  }
  const auto* updated = std::get_if<engine::Updated>(&event.body);
  if (updated != nullptr && updated->channel) {
    Unname(found->first, contact);
    contact.channel = *updated->channel;
    Name(found->first, contact);
  }
  const QueueId* queue = QueueAfter(event);
  std::optional<ContactState> state = StateAfter(event);
  // When an agent accepts, the others' offers are withdrawn after the assignment.
  const bool offer_ended = state == ContactState::kWaiting && queue == nullptr;
  if (offer_ended && contact.state != ContactState::kOffered) state.reset();
  if (queue != nullptr || state) {
    const QueueId to = queue != nullptr ? *queue : contact.queue;
    Move(contact, to, state.value_or(contact.state));
  }
  return &contact;
}

}  // namespace usher::service
