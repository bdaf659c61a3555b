// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include "base/check.h"
#include "router/engine/state.h"

// Events of a contact that comes, waits, moves on, and closes.

namespace usher::engine {

void State::On(const Submitted& event, Instant at) {
  LiveContact& contact = contacts_.Create(event.contact);
  next_contact_ = std::max(next_contact_, event.contact.value() + 1);
  MarkDirty(contact);
  contact.channel = event.channel;
  contact.queue = IndexOf(Get(event.queue));
  contact.own_priority = event.priority;
  contact.own_head_start = event.head_start;
  contact.arrived = at;
  contact.requirement = NumberOf(event.requirement);
  if (event.prefer) contact.prefer = IndexOf(Get(event.prefer));
  if (event.due) contact.Wishes().due = event.due;
  if (event.max_tier) contact.Wishes().max_tier = event.max_tier;
  if (event.wait_limit) contact.Wishes().wait_limit = event.wait_limit;
  if (event.prefer_for) contact.Wishes().prefer_for = event.prefer_for;
  if (event.not_before) contact.Wishes().not_before = event.not_before;
  if (event.resumes) {
    contact.Wishes().resumes = event.resumes;
    std::erase_if(Get(event.queue).kept_places,
                  [&](const KeptPlace& place) { return place.contact == event.resumes; });
  }
  if (event.consults) {
    contact.Wishes().consults = event.consults;
    contact.Wishes().consulter = IndexOf(Get(event.consulter));
    contact.Wishes().is_direct_consult = event.is_direct_consult;
    Get(event.consults).Wishes().consult = event.contact;
  }
  if (event.not_before || event.resumes || event.consults) contact.Wishes().submitted = at;
  const bool carries = event.customer || !event.external_id.empty() || !event.adapter.empty() ||
                       !event.attributes.empty() || !event.subject.empty();
  if (carries) {
    contact.payload =
        std::make_unique<ContactPayload>(ContactPayload{.customer = event.customer,
                                                        .external_id = event.external_id,
                                                        .adapter = event.adapter,
                                                        .attributes = event.attributes,
                                                        .subject = event.subject,
                                                        .disposition = {},
                                                        .note = {}});
  }
  const ContactSlot slot = contacts_.SlotOf(event.contact);
  if (!event.external_id.empty()) {
    external_ids_[ExternalKey(event.channel, event.external_id)] = slot;
  }
  Settle(slot);
}

void State::On(const Queued& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  const ContactSlot slot = contacts_.SlotOf(event.contact);
  Leave(slot);
  if (contact.state == ContactState::kAssigned || contact.state == ContactState::kHeld) {
    TakeFromAgent(contact, agents_[contact.agent], at, true);
  }
  contact.StopWaiting(at);
  contact.queue = IndexOf(Get(event.queue));
  contact.key = event.key;
  contact.SetParts(event.parts);
  contact.arrived = event.arrived;
  contact.waiting_since = at;
  contact.waited_in_queue = event.waited_in_queue;
  if (event.waited) contact.waited = *event.waited;
  if (!IsBack(event.by)) contact.steps_fired = contact.steps_in_force = 0;
  const AgentIndex prefer = event.prefer ? IndexOf(Get(event.prefer)) : kNoIndex;
  if (prefer != contact.prefer) contact.prefer_declined = false;
  contact.prefer = prefer;
  contact.state = contact.HasOpenOffer() ? ContactState::kOffered : ContactState::kWaiting;
  next_sequence_ = std::max(next_sequence_, event.key.sequence + 1);
  Settle(slot);
}

void State::On(const StepApplied& event, Instant) {
  LiveContact& contact = Get(event.contact);
  const ContactSlot slot = contacts_.SlotOf(event.contact);
  Leave(slot);
  contact.steps_fired = static_cast<std::uint16_t>(event.fired);
  contact.steps_in_force = static_cast<std::uint16_t>(event.in_force);
  contact.key = event.key;
  contact.SetParts(event.parts);
  Settle(slot);
}

void State::On(const Overflowed& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  const ContactSlot slot = contacts_.SlotOf(event.contact);
  Leave(slot);
  contact.StopWaiting(at);
  contact.waiting_since = at;
  contact.waited_in_queue = Duration{0};
  contact.queue = IndexOf(Get(event.queue));
  contact.steps_fired = contact.steps_in_force = 0;
  Settle(slot);
}

void State::On(const CallbackSuggested&, Instant) {}

void State::On(const Transferred& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  const ContactSlot slot = contacts_.SlotOf(event.contact);
  Leave(slot);
  if (event.from) {
    LiveAgent& giver = Get(event.from);
    TakeFromAgent(contact, giver, at, false);
    const EndedOffer* past = contact.FindPastOffer(IndexOf(giver));
    contact.RememberOffer(past ? past->id : OfferId{}, IndexOf(giver),
                          past ? past->end : OfferEnd::kAccepted, true);
    SettleAgent(giver);
  }
  ++contact.transfers;
  if (event.kind == TransferKind::kEscalation) contact.escalated = true;
  contact.prefer = kNoIndex;
  contact.prefer_declined = false;
  if (contact.waiting_since == kNever) contact.waiting_since = at;
  contact.state = contact.HasOpenOffer() ? ContactState::kOffered : ContactState::kWaiting;
  Settle(slot);
}

void State::On(const Updated& event, Instant) {
  LiveContact& contact = Get(event.contact);
  const ContactSlot slot = contacts_.SlotOf(event.contact);
  Leave(slot);
  contact.key = event.key;
  contact.SetParts(event.parts);
  if (event.requirement) contact.requirement = NumberOf(*event.requirement);
  if (event.queue) contact.queue = IndexOf(Get(event.queue));
  if (event.channel) ChangeChannel(slot, *event.channel);
  if (!event.attributes.empty()) {
    if (!contact.payload) contact.payload = std::make_unique<ContactPayload>();
    for (const auto& [name, value] : event.attributes) contact.payload->attributes[name] = value;
  }
  Settle(slot);
}

void State::ChangeChannel(ContactSlot slot, Channel channel) {
  LiveContact& contact = contacts_[slot];
  ForgetExternalId(slot);
  contact.channel = channel;
  if (contact.payload && !contact.payload->external_id.empty()) {
    external_ids_[ExternalKey(channel, contact.payload->external_id)] = slot;
  }
}

void State::ForgetExternalId(ContactSlot slot) {
  const LiveContact& contact = contacts_[slot];
  if (!contact.payload || contact.payload->external_id.empty()) return;
  const auto known = external_ids_.find(ExternalKey(contact.channel, contact.payload->external_id));
  if (known != external_ids_.end() && known->second == slot) external_ids_.erase(known);
}

// The conversation of a consult is over: what it was about may have another.
void State::UnlinkConsult(const LiveContact& consult) {
  if (!consult.Consults()) return;
  LiveContact* about = contacts_.Find(consult.Consults());
  if (about == nullptr || about->OpenConsult() != consult.id) return;
  about->Wishes().consult = ContactId{};
  MarkDirty(*about);
}

void State::KeepPlace(const LiveContact& contact, Instant until, Instant at) {
  LiveQueue& queue = queues_[contact.queue];
  auto& places = queue.kept_places;
  std::erase_if(places, [&](const KeptPlace& place) { return place.until <= at; });
  if (places.size() >= kKeptPlacesMax) places.erase(places.begin());
  places.push_back({.contact = contact.id,
                    .customer = contact.payload->customer,
                    .channel = contact.channel,
                    .until = until,
                    .arrived = contact.arrived,
                    .sequence = contact.key.sequence,
                    .parts = contact.Parts(),
                    .waited = contact.WaitedAt(at),
                    .waited_in_queue = contact.WaitedInQueueAt(at)});
  MarkDirty(queue);
}

void State::On(const Closed& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  const ContactSlot slot = contacts_.SlotOf(event.contact);
  if (event.place_kept_until) KeepPlace(contact, *event.place_kept_until, at);
  UnlinkConsult(contact);
  Leave(slot);
  if (contact.state == ContactState::kAssigned || contact.state == ContactState::kHeld) {
    LiveAgent& agent = agents_[contact.agent];
    TakeFromAgent(contact, agent, at, contact.state == ContactState::kHeld);
  }
  contact.state = ContactState::kClosed;
  USHER_CHECK(!contact.HasOpenOffer(), "offers are withdrawn before a contact closes");
  Settle(slot);
  ForgetExternalId(slot);
  contacts_.Remove(slot);
}

}  // namespace usher::engine
