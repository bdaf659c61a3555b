// SPDX-License-Identifier: Apache-2.0
#include "router/engine/state.h"

// The places of contacts: the order of their queue, the order of their class.

namespace usher::engine {

void State::Leave(ContactSlot slot) {
  LiveContact& contact = contacts_[slot];
  if (!contact.in_queue_order) return;
  const OrderEntry entry = OrderEntry::Of(contact.key, slot);
  if (contact.in_class_order) EraseFromOrder(*contact.demand, entry);
  --contact.demand->contacts;
  contact.demand = nullptr;
  queues_[contact.queue].order.Erase(entry);
  if (contact.counted_offered) --queues_[contact.queue].offered;
  contact.in_queue_order = false;
  contact.in_class_order = false;
  contact.counted_offered = false;
  contact.hoping = false;
}

void State::Settle(ContactSlot slot) {
  LiveContact& contact = contacts_[slot];
  if (!contact.Waits()) {
    Leave(slot);
    Rearm(slot, contact);
    return;
  }
  const OrderEntry entry = OrderEntry::Of(contact.key, slot);
  LiveQueue& queue = queues_[contact.queue];
  if (!contact.in_queue_order) {
    queue.order.Insert(entry);
    contact.in_queue_order = true;
    contact.demand = &ClassFor(DemandOf(contact));
    ++contact.demand->contacts;
    ListIfUnserved(*contact.demand);
  }
  if (contact.hoping && !HasPreferredHope(contact)) contact.hoping = false;
  const bool is_offered = contact.state == ContactState::kOffered;
  if (is_offered != contact.counted_offered) {
    queue.offered += is_offered ? 1 : std::size_t(-1);
    contact.counted_offered = is_offered;
  }
  const bool is_offerable = IsOfferable(contact);
  if (is_offerable != contact.in_class_order) {
    if (is_offerable)
      InsertInOrder(*contact.demand, entry);
    else
      EraseFromOrder(*contact.demand, entry);
    contact.in_class_order = is_offerable;
  }
  if (is_offerable) ListIfMatchable(*contact.demand);
  Rearm(slot, contact);
}

void State::Settle(LiveContact& contact) { Settle(contacts_.SlotOf(contact.id)); }

void State::SetAside(ContactSlot slot) {
  LiveContact& contact = contacts_[slot];
  contact.hoping = true;
  agents_[contact.prefer].hopefuls.insert(slot);
  Settle(slot);
}

void State::MarkDirty(LiveContact& contact) {
  if (!contact.dirty) dirty_contacts_.push_back(contact.id);
  contact.dirty = true;
}

void State::MarkDirty(LiveAgent& agent) {
  if (!std::exchange(agent.dirty, true)) dirty_agents_.push_back(IndexOf(agent));
}

void State::MarkDirty(LiveQueue& queue) {
  if (!std::exchange(queue.dirty, true)) dirty_queues_.push_back(IndexOf(queue));
}

}  // namespace usher::engine
