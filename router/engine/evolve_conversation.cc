// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <vector>

#include "base/check.h"
#include "router/engine/state.h"
#include "router/engine/wait_estimate.h"

// Events of a contact with its agent.

namespace usher::engine {
namespace {

void InsertSorted(std::vector<ContactId>& ids, ContactId id) {
  const auto place = std::lower_bound(ids.begin(), ids.end(), id);
  if (place == ids.end() || *place != id) ids.insert(place, id);
}

}  // namespace

void State::On(const Assigned& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  const ContactSlot slot = contacts_.SlotOf(event.contact);
  Leave(slot);
  if (event.offer) EndOffer(contact, agent, event.offer, OfferEnd::kAccepted, false, at);
  contact.EndRound();
  if (contact.offers) contact.offers->offer_again_from.reset();
  contact.StopWaiting(at);
  contact.state = ContactState::kAssigned;
  contact.agent = IndexOf(agent);
  contact.Offers().assigned = at;
  agent.TakeRoom(contact.channel);
  InsertSorted(agent.assigned, contact.id);
  agent.idle_since = at;
  agent.misses = 0;
  agent.today = RolledTo(agent.today, at, domain_.timezone);
  // Given to her after a consult, it was counted when she accepted that.
  if (event.by != AssignedBy::kConsult) ++agent.today.accepts;
  CountBusy(agent, at);
  CountAnswer(event, contact.IsDirectConsult(), at);
  Settle(slot);
  SettleAgent(agent);
}

// What the queue's figures make of it: a consult is no customer's wait, and one of a single agent,
// like a contact that follows a consult, says nothing of how fast the queue goes.
void State::CountAnswer(const Assigned& event, bool is_direct, Instant at) {
  LiveQueue& queue = Get(event.queue);
  if (event.by == AssignedBy::kConsult || is_direct) return;
  if (!event.consults) {
    ++queue.accepted;
    if (event.in_time) ++queue.accepted_in_time;
  }
  queue.recent_accepts.push_back(at);
  if (queue.recent_accepts.size() > kRecentAcceptsMax) {
    queue.recent_accepts.erase(queue.recent_accepts.begin());
  }
}

// The contact leaves the hands of its agent, who had it live or on hold.
void State::TakeFromAgent(LiveContact& contact, LiveAgent& agent, Instant at,
                          bool keep_idle_since) {
  if (contact.state == ContactState::kAssigned) agent.GiveRoomBack(contact.channel);
  std::erase(agent.assigned, contact.id);
  std::erase(agent.held, contact.id);
  if (!keep_idle_since) agent.idle_since = at;
  contact.Offers().assigned = kNever;
  contact.Offers().held = kNever;
  contact.state = ContactState::kWaiting;
  MarkDirty(agent);
  CountBusy(agent, at);
  SettleAgent(agent);
}

void State::On(const HeldByAgent& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  contact.state = ContactState::kHeld;
  contact.Offers().held = at;
  agent.GiveRoomBack(contact.channel);
  std::erase(agent.assigned, contact.id);
  InsertSorted(agent.held, contact.id);
  agent.idle_since = at;
  CountBusy(agent, at);
  Settle(contact);
  SettleAgent(agent);
}

void State::On(const Resumed& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  contact.state = ContactState::kAssigned;
  contact.Offers().held = kNever;
  agent.TakeRoom(contact.channel);
  std::erase(agent.held, contact.id);
  InsertSorted(agent.assigned, contact.id);
  CountBusy(agent, at);
  Settle(contact);
  SettleAgent(agent);
}

void State::On(const ConversationEnded& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  TakeFromAgent(contact, agent, at, false);
  contact.state = ContactState::kWrapping;
  contact.is_lost = event.is_lost;
  UnlinkConsult(contact);
  if (!event.disposition.empty() || !event.note.empty()) {
    if (!contact.payload) contact.payload = std::make_unique<ContactPayload>();
    contact.payload->disposition = event.disposition;
    contact.payload->note = event.note;
  }
}

void State::On(const WrapUpStarted& event, Instant at) {
  LiveAgent& agent = Get(event.agent);
  // An earlier wrap-up of the same contact, which came back to her, goes on as this one.
  if (agent.FindWrapUp(event.contact) != nullptr) DropWrapUp(agent, event.contact);
  StartWrapUp(agent, {event.contact, event.channel, event.ends, event.closes});
  CountBusy(agent, at);
  SettleAgent(agent);
}

void State::StartWrapUp(LiveAgent& agent, const WrapUp& wrap_up) {
  const auto place =
      std::lower_bound(agent.wrap_ups.begin(), agent.wrap_ups.end(), wrap_up.contact,
                       [](const WrapUp& w, ContactId contact) { return w.contact < contact; });
  agent.wrap_ups.insert(place, wrap_up);
  agent.TakeRoom(wrap_up.channel);
  timers_.Insert({wrap_up.ends, wrap_up.contact.value(), IndexOf(agent), TimerKind::kWrapUp});
}

void State::DropWrapUp(LiveAgent& agent, ContactId contact) {
  const WrapUp* found = agent.FindWrapUp(contact);
  USHER_CHECK(found != nullptr, "a wrap-up ends once");
  agent.GiveRoomBack(found->channel);
  timers_.Erase({found->ends, contact.value(), IndexOf(agent), TimerKind::kWrapUp});
  agent.wrap_ups.erase(agent.wrap_ups.begin() + (found - agent.wrap_ups.data()));
}

void State::On(const WrapUpExtended& event, Instant) {
  LiveAgent& agent = Get(event.agent);
  WrapUp wrap_up = *agent.FindWrapUp(event.contact);
  DropWrapUp(agent, event.contact);
  wrap_up.ends = event.ends;
  StartWrapUp(agent, wrap_up);
}

void State::On(const WrapUpEnded& event, Instant at) {
  LiveAgent& agent = Get(event.agent);
  DropWrapUp(agent, event.contact);
  agent.idle_since = at;
  CountBusy(agent, at);
  SettleAgent(agent);
}

}  // namespace usher::engine
