// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "router/engine/state.h"

// The fold: what each event changes. Nothing is decided here; whatever could have been otherwise
// stands in the event.

namespace usher::engine {
namespace {

constexpr std::size_t kRecentAcceptsMax = 16;

template <class Id>
void InsertSorted(std::vector<Id>& ids, const Id& id) {
  const auto place = std::lower_bound(ids.begin(), ids.end(), id);
  if (place == ids.end() || *place != id) ids.insert(place, id);
}

std::uint16_t& LoadOn(LiveAgent& agent, Channel channel) {
  return agent.load[static_cast<std::size_t>(channel)];
}

void Release(LiveAgent& agent, Channel channel) {
  USHER_CHECK(LoadOn(agent, channel) > 0, "room is given back once");
  --LoadOn(agent, channel);
}

}  // namespace

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

// --- Agents.

void State::On(const SignedIn& event, Instant at) {
  LiveAgent& agent = Get(event.agent);
  agent.presence = Presence::kAvailable;
  agent.reason.clear();
  agent.grace_ends.reset();
  agent.idle_since = at;
  agent.misses = 0;
  CountSignedIn(agent, at, true);
  CountStaff(agent, true, at);
  SettleAgent(agent);
}

void State::On(const SignedOut& event, Instant at) {
  LiveAgent& agent = Get(event.agent);
  agent.presence = Presence::kOffline;
  agent.reason.clear();
  agent.grace_ends.reset();
  CountSignedIn(agent, at, false);
  CountStaff(agent, false, at);
  SettleAgent(agent);
}

void State::On(const PresenceChanged& event, Instant) {
  LiveAgent& agent = Get(event.agent);
  if (event.presence == Presence::kAvailable && agent.presence == Presence::kNotReady) {
    agent.misses = 0;
  }
  agent.presence = event.presence;
  agent.reason = event.reason;
  SettleAgent(agent);
}

void State::On(const ConnectionChanged& event, Instant) {
  LiveAgent& agent = Get(event.agent);
  agent.grace_ends = event.grace_ends;
  SettleAgent(agent);
}

void State::CountSignedIn(LiveAgent& agent, Instant at, bool is_signed_in) {
  agent.today = RolledTo(agent.today, at, domain_.timezone);
  if (is_signed_in) {
    agent.today.signed_in_since = at;
  } else {
    agent.today.signed_in = SignedInAt(agent.today, at);
    agent.today.signed_in_since.reset();
  }
}

void State::CountBusy(LiveAgent& agent, Instant at) {
  if (agent.IsBusy() == agent.today.busy_since.has_value()) return;
  agent.today = RolledTo(agent.today, at, domain_.timezone);
  if (agent.IsBusy()) {
    agent.today.busy_since = at;
  } else {
    agent.today.busy = BusyAt(agent.today, at);
    agent.today.busy_since.reset();
  }
}

void State::CountStaff(const LiveAgent& agent, bool is_signed_in, Instant at) {
  for (const Membership& membership : agent.memberships) {
    LiveQueue& queue = queues_[membership.queue];
    queue.signed_in += is_signed_in ? 1 : std::size_t(-1);
    const bool is_empty = queue.signed_in == 0;
    if (is_empty == queue.empty_since.has_value()) continue;
    queue.empty_since = is_empty ? std::optional<Instant>(at) : std::nullopt;
    MarkDirty(queue);
    if (!queue.MayLeaveWhenEmpty()) continue;
    queue.order.ForEach([&](const OrderEntry& entry) {
      Rearm(entry.contact, contacts_[entry.contact]);
      return true;
    });
  }
  for (const ServedClass& served : agent.classes) {
    served.demand->signed_in += is_signed_in ? 1 : std::size_t(-1);
  }
  // Another agent may make a later step worth skipping to, or leave a class without anybody.
  for (const auto& [key, demand] : classes_) ListIfUnserved(*demand);
}

// --- A contact enters and moves.

void State::On(const Submitted& event, Instant at) {
  LiveContact& contact = contacts_.Create(event.contact);
  next_contact_ = std::max(next_contact_, event.contact.value() + 1);
  MarkDirty(contact);
  contact.channel = event.channel;
  contact.queue = IndexOf(Get(event.queue));
  contact.own_priority = event.priority;
  contact.own_head_start = event.head_start;
  contact.arrived = at;
  contact.requirement = requirements_.NumberOf(event.requirement);
  if (event.prefer) contact.prefer = IndexOf(Get(event.prefer));
  if (event.due) contact.Wishes().due = event.due;
  if (event.max_tier) contact.Wishes().max_tier = event.max_tier;
  if (event.wait_limit) contact.Wishes().wait_limit = event.wait_limit;
  if (event.prefer_for) contact.Wishes().prefer_for = event.prefer_for;
  if (event.not_before) {
    contact.Wishes().not_before = event.not_before;
    contact.Wishes().submitted = at;
  }
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
  const bool goes_on = event.by == QueuedBy::kAgentLost || event.by == QueuedBy::kReturn;
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
  if (!goes_on) contact.steps_fired = contact.steps_in_force = 0;
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
  if (event.requirement) contact.requirement = requirements_.NumberOf(*event.requirement);
  if (event.queue) contact.queue = IndexOf(Get(event.queue));
  if (!event.attributes.empty()) {
    if (!contact.payload) contact.payload = std::make_unique<ContactPayload>();
    for (const auto& [name, value] : event.attributes) contact.payload->attributes[name] = value;
  }
  Settle(slot);
}

// --- Offers.

void State::On(const Offered& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  const AgentIndex index = IndexOf(agent);
  ContactOffers& offers = contact.Offers();
  if (event.new_round) contact.EndRound();
  if (offers.open.empty()) offers.offering_since = at;
  offers.open.push_back({event.offer, index, at, event.deadline, event.alone, event.tier});
  contact.state = ContactState::kOffered;
  const ContactSlot slot = contacts_.SlotOf(event.contact);
  agent.offers.push_back({event.offer, slot});
  ++LoadOn(agent, contact.channel);
  timers_.Insert({event.deadline, event.offer.value(), slot, TimerKind::kOffer});
  LiveQueue& queue = queues_[contact.queue];
  queue.last_offered[index] = event.offer;
  MarkDirty(queue);
  next_offer_ = std::max(next_offer_, event.offer.value() + 1);
  random_ = event.random;
  Settle(slot);
  SettleAgent(index);
}

// Common to all four ends of an offer.
void State::EndOffer(LiveContact& contact, LiveAgent& agent, OfferId offer, OfferEnd end,
                     bool in_round, Instant) {
  auto& open = contact.Offers().open;
  const auto found =
      std::find_if(open.begin(), open.end(), [&](const LiveOffer& o) { return o.id == offer; });
  USHER_CHECK(found != open.end(), "an offer ends once");
  timers_.Erase({found->deadline, offer.value(), contacts_.SlotOf(contact.id), TimerKind::kOffer});
  open.erase(found);
  if (open.empty()) contact.Offers().offering_since.reset();
  std::erase_if(agent.offers, [&](const AgentOffer& o) { return o.id == offer; });
  Release(agent, contact.channel);
  contact.RememberOffer(offer, IndexOf(agent), end, in_round);
  if (contact.Waits() && open.empty()) contact.state = ContactState::kWaiting;
  if (in_round && contact.prefer == IndexOf(agent)) contact.prefer_declined = true;
}

void State::On(const Rejected& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  EndOffer(contact, agent, event.offer, OfferEnd::kRejected, true, at);
  agent.misses = 0;
  if (event.ask_agent_from > agent.asked_from.value_or(at)) agent.asked_from = event.ask_agent_from;
  if (event.offer_again_from > at) contact.Offers().offer_again_from = event.offer_again_from;
  Settle(contact);
  SettleAgent(agent);
}

void State::On(const Missed& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  EndOffer(contact, agent, event.offer, OfferEnd::kMissed, true, at);
  ++agent.misses;
  if (event.offer_again_from > at) contact.Offers().offer_again_from = event.offer_again_from;
  LiveQueue& queue = Get(event.queue);
  const Duration within = queue.config->missed_offers.breaker_within;
  std::erase_if(queue.misses, [&](const LiveMiss& miss) {
    return miss.agent == IndexOf(agent) || at - miss.at > within;
  });
  queue.misses.push_back({IndexOf(agent), at});
  queue.breaker_open = event.breaker_open;
  Settle(contact);
  SettleAgent(agent);
}

void State::On(const Withdrawn& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  EndOffer(contact, agent, event.offer, OfferEnd::kWithdrawn, false, at);
  Settle(contact);
  SettleAgent(agent);
}

// --- With an agent.

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
  contact.assigned = at;
  ++LoadOn(agent, contact.channel);
  InsertSorted(agent.assigned, contact.id);
  agent.idle_since = at;
  agent.misses = 0;
  agent.today = RolledTo(agent.today, at, domain_.timezone);
  ++agent.today.accepts;
  CountBusy(agent, at);
  LiveQueue& queue = Get(event.queue);
  ++queue.accepted;
  if (event.in_time) ++queue.accepted_in_time;
  queue.recent_accepts.push_back(at);
  if (queue.recent_accepts.size() > kRecentAcceptsMax) {
    queue.recent_accepts.erase(queue.recent_accepts.begin());
  }
  Settle(slot);
  SettleAgent(agent);
}

// The contact leaves the hands of its agent, who had it live or on hold.
void State::TakeFromAgent(LiveContact& contact, LiveAgent& agent, Instant at,
                          bool keep_idle_since) {
  if (contact.state == ContactState::kAssigned) Release(agent, contact.channel);
  std::erase(agent.assigned, contact.id);
  std::erase(agent.held, contact.id);
  if (!keep_idle_since) agent.idle_since = at;
  contact.assigned = kNever;
  contact.state = ContactState::kWaiting;
  MarkDirty(agent);
  CountBusy(agent, at);
  SettleAgent(agent);
}

void State::On(const HeldByAgent& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  contact.state = ContactState::kHeld;
  Release(agent, contact.channel);
  std::erase(agent.assigned, contact.id);
  InsertSorted(agent.held, contact.id);
  agent.idle_since = at;
  CountBusy(agent, at);
  SettleAgent(agent);
}

void State::On(const Resumed& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  contact.state = ContactState::kAssigned;
  ++LoadOn(agent, contact.channel);
  std::erase(agent.held, contact.id);
  InsertSorted(agent.assigned, contact.id);
  CountBusy(agent, at);
  SettleAgent(agent);
}

void State::On(const ConversationEnded& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  TakeFromAgent(contact, agent, at, false);
  contact.state = ContactState::kWrapping;
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
  ++LoadOn(agent, wrap_up.channel);
  timers_.Insert({wrap_up.ends, wrap_up.contact.value(), IndexOf(agent), TimerKind::kWrapUp});
}

void State::DropWrapUp(LiveAgent& agent, ContactId contact) {
  const WrapUp* found = agent.FindWrapUp(contact);
  USHER_CHECK(found != nullptr, "a wrap-up ends once");
  Release(agent, found->channel);
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

void State::On(const Closed& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  const ContactSlot slot = contacts_.SlotOf(event.contact);
  Leave(slot);
  if (contact.state == ContactState::kAssigned || contact.state == ContactState::kHeld) {
    LiveAgent& agent = agents_[contact.agent];
    TakeFromAgent(contact, agent, at, contact.state == ContactState::kHeld);
  }
  contact.state = ContactState::kClosed;
  USHER_CHECK(!contact.HasOpenOffer(), "offers are withdrawn before a contact closes");
  Settle(slot);
  if (contact.payload && !contact.payload->external_id.empty()) {
    const auto known =
        external_ids_.find(ExternalKey(contact.channel, contact.payload->external_id));
    if (known != external_ids_.end() && known->second == slot) external_ids_.erase(known);
  }
  contacts_.Remove(slot);
}

}  // namespace usher::engine
