// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/ledger.h"

#include <algorithm>
#include <type_traits>
#include <variant>

#include "router/engine/open_time.h"

namespace usher::engine::simulation {
namespace {

std::string Name(ContactId contact) { return "contact " + std::to_string(contact.value()); }
std::string Name(const AgentId& agent) { return "agent " + agent.value(); }
std::string At(Instant instant) { return std::to_string(ToUnixMs(instant)); }

bool StaysWithAgent(Channel channel) {
  return channel == Channel::kVoice || channel == Channel::kCallback;
}

OrderKey KeyFrom(const KeyParts& parts, Instant arrived, std::uint64_t sequence) {
  const Instant of_queue = parts.queue_due ? *parts.queue_due : arrived + parts.within;
  const Instant due = parts.own_due ? *parts.own_due : of_queue;
  return {parts.own_priority + parts.queue_priority + parts.step_priority,
          due - (parts.own_head_start + parts.queue_head_start + parts.step_head_start), sequence};
}

}  // namespace

const LedgerOffer* LedgerContact::OfferTo(const AgentId& asked) const {
  for (const LedgerOffer& offer : offers) {
    if (offer.agent == asked) return &offer;
  }
  return nullptr;
}

void Ledger::Record(const Event& event, bool by_timer) {
  Expect(event.at >= last_, "17", "an event at " + At(event.at) + " after one at " + At(last_));
  last_ = event.at;
  by_timer_ = by_timer;
  std::visit([&](const auto& body) { On(body, event.at); }, event.body);
}

void Ledger::Expect(bool holds, const char* invariant, const std::string& what) {
  if (!holds) findings_.Report(invariant, what);
}

LedgerContact* Ledger::Find(ContactId contact, const char* what) {
  const auto found = open_.find(contact);
  if (found != open_.end()) return &found->second;
  Expect(false, "2", Name(contact) + " is not open, but has an event \"" + what + "\"");
  return nullptr;
}

bool Ledger::IsSignedIn(const AgentId& agent) const {
  const auto found = agents_.find(agent);
  return found != agents_.end() && found->second.presence != Presence::kOffline;
}

const LedgerContact* Ledger::FindByExternalId(Channel channel,
                                              const std::string& external_id) const {
  for (const auto& [id, contact] : open_) {
    if (contact.channel == channel && contact.external_id == external_id) return &contact;
  }
  return nullptr;
}

void Ledger::SetState(LedgerContact& contact, ContactState state, Instant at) {
  if (contact.state == state) return;
  contact.state = state;
  contact.state_since = at;
}

void Ledger::StopWaiting(LedgerContact& contact, Instant at) {
  contact.waited = contact.WaitedAt(at);
  contact.waited_in_queue = contact.WaitedInQueueAt(at);
  contact.waiting_since.reset();
}

void Ledger::ExpectFrom(const LedgerContact& contact, std::initializer_list<ContactState> states,
                        const char* event) {
  const bool known = std::find(states.begin(), states.end(), contact.state) != states.end();
  Expect(known, "3",
         Name(contact.id) + " goes from " + std::string(ToString(contact.state)) + " by \"" +
             event + "\"");
}

// A timer fires at the very instant it was due, or as soon as it can where it was overdue when it
// came to be (a new configuration, a return from its agent).
void Ledger::ExpectDue(Instant due, Instant earliest, Instant at, const std::string& what) {
  const Instant expected = std::max(due, earliest);
  Expect(at == expected, "11",
         what + " at " + At(at) + " instead of " + At(expected) + " (due " + At(due) + ")");
}

void Ledger::ExpectKey(const LedgerContact& contact, const OrderKey& key, const char* event) {
  Expect(key == KeyFrom(contact.parts, contact.arrived, key.sequence), "17",
         Name(contact.id) + ": its key does not follow from its parts after \"" + event + "\"");
}

// --- Configuration and agents.

void Ledger::On(const DomainApplied& event, Instant at) {
  domain_ = event.domain;
  applied_ = at;
  for (auto& [id, contact] : open_) {
    contact.steps_fired = contact.steps_in_force = StepsPast(contact, at);
  }
  for (const auto& [id, agent] : agents_) {
    Expect(domain_.FindAgent(id) != nullptr || agent.presence == Presence::kOffline, "9",
           Name(id) + " was removed and is still signed in");
  }
  std::erase_if(queues_, [&](const auto& q) { return domain_.FindQueue(q.first) == nullptr; });
  NoteEmptyQueues(at);
}

// Steps of a new configuration whose time has come count as past, up to one that leaves the queue.
std::uint32_t Ledger::StepsPast(const LedgerContact& contact, Instant at) const {
  const Queue* queue = domain_.FindQueue(contact.queue);
  if (queue == nullptr) return 0;
  std::uint32_t past = 0;
  for (const Step& step : queue->steps) {
    if (step.at > contact.WaitedInQueueAt(at) || step.give_up || step.overflow) break;
    ++past;
  }
  return past;
}

void Ledger::NoteEmptyQueues(Instant at) {
  for (const Queue& queue : domain_.queues) {
    const bool is_staffed =
        std::any_of(domain_.agents.begin(), domain_.agents.end(), [&](const Agent& agent) {
          return agent.queues.contains(queue.id) && IsSignedIn(agent.id);
        });
    std::optional<Instant>& since = queues_[queue.id].empty_since;
    if (is_staffed) {
      since.reset();
    } else if (!since) {
      since = at;
    }
  }
}

void Ledger::On(const SignedIn& event, Instant at) {
  LedgerAgent& agent = agents_[event.agent];
  Expect(agent.presence == Presence::kOffline, "3", Name(event.agent) + " signs in twice");
  Expect(domain_.FindAgent(event.agent) != nullptr, "31", Name(event.agent) + " is nobody's");
  agent.presence = Presence::kAvailable;
  agent.grace_ends.reset();
  NoteEmptyQueues(at);
}

void Ledger::On(const SignedOut& event, Instant at) {
  LedgerAgent& agent = agents_[event.agent];
  Expect(agent.presence != Presence::kOffline, "3", Name(event.agent) + " signs out twice");
  if (event.cause == SignOutCause::kConsoleLost) {
    Expect(agent.grace_ends.has_value(), "14", Name(event.agent) + " lost no console");
    if (agent.grace_ends) {
      ExpectDue(*agent.grace_ends, applied_, at, "the grace of " + Name(event.agent) + " ends");
    }
    coverage_.Saw("a lost console's grace ended");
  }
  for (const auto& [id, contact] : open_) {
    if (contact.agent != event.agent || contact.state != ContactState::kAssigned) continue;
    coverage_.Saw(StaysWithAgent(contact.channel) ? "an agent went offline and kept a call"
                                                  : "an agent went offline with written work");
  }
  if (!agent.wrap_ups.empty()) coverage_.Saw("an agent went offline while wrapping up");
  agent.presence = Presence::kOffline;
  agent.grace_ends.reset();
  NoteEmptyQueues(at);
}

void Ledger::On(const PresenceChanged& event, Instant) {
  LedgerAgent& agent = agents_[event.agent];
  Expect(agent.presence != Presence::kOffline, "3", Name(event.agent) + " is offline and changes");
  if (event.reason == "missed") coverage_.Saw("misses set an agent not-ready");
  agent.presence = event.presence;
}

void Ledger::On(const ConnectionChanged& event, Instant at) {
  LedgerAgent& agent = agents_[event.agent];
  Expect(agent.presence != Presence::kOffline, "3", Name(event.agent) + " is offline, no console");
  Expect(agent.grace_ends.has_value() != event.grace_ends.has_value(), "3",
         Name(event.agent) + ": its console changes to what it was");
  if (event.grace_ends) {
    Expect(*event.grace_ends == at + domain_.disconnect_grace, "14",
           Name(event.agent) + ": a grace of another length");
  } else {
    coverage_.Saw("a console came back within its grace");
  }
  agent.grace_ends = event.grace_ends;
}

// --- A contact comes, waits, moves on.

void Ledger::On(const Submitted& event, Instant at) {
  Expect(event.contact.value() == created_ + 1, "1", Name(event.contact) + " is out of order");
  ++created_;
  Expect(event.external_id.empty() || !FindByExternalId(event.channel, event.external_id), "4",
         Name(event.contact) + ": \"" + event.external_id + "\" is open already");
  LedgerContact contact{.id = event.contact, .channel = event.channel, .queue = event.queue};
  contact.external_id = event.external_id;
  contact.adapter = event.adapter;
  contact.not_before = event.not_before;
  contact.wait_limit = event.wait_limit;
  contact.arrived = at;
  contact.state_since = at;
  contact.parts.own_priority = event.priority;
  contact.parts.own_head_start = event.head_start;
  contact.parts.own_due = event.due;
  if (event.consults) {
    CheckNewConsult(event);
    contact.consults = event.consults;
    contact.consulter = event.consulter;
    contact.is_direct = event.is_direct_consult;
  }
  open_.insert_or_assign(event.contact, std::move(contact));
}

const LedgerContact* Ledger::ConsultAbout(ContactId about) const {
  for (const auto& [id, contact] : open_) {
    if (contact.consults == about && contact.state != ContactState::kWrapping) return &contact;
  }
  return nullptr;
}

void Ledger::CheckNewConsult(const Submitted& event) {
  const LedgerContact* about = Find(event.consults, "consult");
  if (about == nullptr) return;
  const std::string name = Name(event.contact);
  ExpectFrom(*about, {ContactState::kAssigned, ContactState::kHeld}, "consult");
  Expect(about->agent == event.consulter, "7", name + ": asked for by another agent");
  Expect(about->channel == event.channel, "8", name + ": of another channel");
  Expect(!about->consults, "3", name + ": a consult about a consult");
  Expect(ConsultAbout(event.consults) == nullptr, "7", name + ": a second consult");
  coverage_.Saw(event.is_direct_consult ? "a consult of one agent" : "a consult of a queue");
}

void Ledger::On(const Queued& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "queued");
  const Queue* queue = domain_.FindQueue(event.queue);
  Expect(queue != nullptr, "31", "a queue that does not exist: " + event.queue.value());
  if (contact == nullptr || queue == nullptr) return;
  Expect(contact->offers.empty(), "7", Name(contact->id) + ": queued while being offered");
  const bool is_first = event.by == QueuedBy::kSubmit || event.by == QueuedBy::kSchedule ||
                        event.by == QueuedBy::kConsult;
  if (is_first) {
    ExpectFrom(*contact, {ContactState::kScheduled}, "queued");
    Expect(event.key.sequence == sequences_ + 1, "17", Name(contact->id) + ": its sequence");
    ++sequences_;
    contact->arrived = at;
    Expect(static_cast<bool>(contact->consults) == (event.by == QueuedBy::kConsult), "3",
           Name(contact->id) + ": a consult is queued as one");
    if (contact->consults) {
      const LedgerContact* about = Find(contact->consults, "consult");
      if (about != nullptr) contact->arrived = about->arrived;
    }
    Expect(event.arrived == contact->arrived, "17", Name(contact->id) + ": its arrival");
    Expect(contact->not_before.has_value() == (event.by == QueuedBy::kSchedule), "3",
           Name(contact->id) + ": queued before its time, or late");
    if (contact->not_before && !by_timer_ && at < *contact->not_before) {
      contact->is_early = true;
    } else if (contact->not_before) {
      ExpectDue(*contact->not_before, applied_, at, Name(contact->id) + ": it arrives");
      coverage_.Saw("a scheduled contact arrived");
    }
  } else {
    Expect(event.key.sequence == contact->key.sequence, "16", Name(contact->id) + ": its sequence");
  }
  if (is_first || event.by == QueuedBy::kTransfer) {
    contact->parts.queue_priority = queue->priority;
    contact->parts.queue_head_start = queue->head_start;
    contact->parts.within = queue->service_level.within;
    contact->parts.step_priority = 0;
    contact->parts.step_head_start = Duration{0};
    contact->parts.queue_due.reset();
    if (const Hours* hours = domain_.FindHours(queue->service_level.hours)) {
      contact->parts.queue_due =
          PromiseOf(domain_.timezone, queue->service_level, hours, contact->arrived);
      coverage_.Saw("a promise in opening hours");
    }
  } else {
    Expect(event.key == contact->key, "16", Name(contact->id) + ": lost its place");
  }
  if (event.by == QueuedBy::kUpdate) {
    ExpectFrom(*contact, {ContactState::kWaiting}, "queued by an update");
    coverage_.Saw("an update moved a waiting contact");
  } else if (event.by == QueuedBy::kTransfer) {
    ExpectFrom(*contact, {ContactState::kWaiting}, "queued by a transfer");
  } else if (event.by == QueuedBy::kAgentLost) {
    ExpectFrom(*contact, {ContactState::kAssigned}, "queued for its agent is gone");
    Expect(!StaysWithAgent(contact->channel), "14", Name(contact->id) + ": a call was requeued");
    Expect(!IsSignedIn(contact->agent), "14", Name(contact->id) + ": its agent is still there");
  } else if (event.by == QueuedBy::kReturn) {
    ExpectFrom(*contact, {ContactState::kHeld}, "queued by the customer's return");
    Expect(event.prefer == contact->agent, "3", Name(contact->id) + ": returns to another agent");
    coverage_.Saw("a customer came back from hold and had to wait");
  } else if (event.by == QueuedBy::kHoldLimit) {
    CheckHoldLimit(*contact, event.prefer, at);
  }
  const bool goes_on = event.by == QueuedBy::kAgentLost || event.by == QueuedBy::kReturn ||
                       event.by == QueuedBy::kHoldLimit;
  Expect(event.waited_in_queue == (goes_on ? contact->waited_in_queue : Duration{0}), "20",
         Name(contact->id) + ": the clock of its steps");
  StopWaiting(*contact, at);
  contact->queue = event.queue;
  contact->key = event.key;
  contact->waiting_since = at;
  contact->waited_in_queue = event.waited_in_queue;
  if (!goes_on) contact->steps_fired = contact->steps_in_force = 0;
  Expect(event.parts == contact->parts, "17", Name(contact->id) + ": its parts after \"queued\"");
  ExpectKey(*contact, event.key, "queued");
  SetState(*contact, ContactState::kWaiting, at);
}

void Ledger::CheckHoldLimit(const LedgerContact& contact, const AgentId& prefer, Instant at) {
  const std::string name = Name(contact.id) + ": after its hold limit";
  ExpectFrom(contact, {ContactState::kHeld}, "queued by its hold limit");
  const std::optional<Duration>& limit = domain_.FindQueue(contact.queue)->hold_limit;
  Expect(limit && !StaysWithAgent(contact.channel) && !contact.consults, "14", name + ", of none");
  Expect(prefer == contact.agent, "3", name + " another agent is preferred");
  if (limit) ExpectDue(contact.state_since + *limit, applied_, at, name);
  coverage_.Saw("a hold limit came");
  if (!IsSignedIn(contact.agent)) coverage_.Saw("a hold limit came while its agent was gone");
}

void Ledger::On(const StepApplied& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "step");
  if (contact == nullptr) return;
  ExpectFrom(*contact, {ContactState::kWaiting, ContactState::kOffered}, "step");
  const std::vector<Step>& steps = domain_.FindQueue(contact->queue)->steps;
  const std::string name = Name(contact->id);
  if (event.fired == contact->steps_fired) {
    coverage_.Saw("steps that nobody could serve were skipped");
    Expect(event.in_force > contact->steps_in_force, "20", name + ": a skip to nowhere");
    for (std::uint32_t i = contact->steps_in_force; i < event.in_force; ++i) {
      Expect(!steps[i].overflow && !steps[i].give_up, "20", name + ": skipped out of its queue");
    }
    Expect(event.key == contact->key, "20", name + ": a skip changed its key");
  } else {
    coverage_.Saw("a step came");
    Expect(event.fired == contact->steps_fired + 1 && event.fired <= steps.size(), "20",
           name + ": a step out of order");
    const Step& step = steps.at(contact->steps_fired);
    const Instant since = contact->waiting_since.value_or(at);
    ExpectDue(since - contact->waited_in_queue + step.at, std::max(applied_, since), at,
              name + ": a step");
    Expect(event.in_force == std::max(contact->steps_in_force, event.fired), "20",
           name + ": a step tightens");
    contact->parts.step_priority += step.priority;
    contact->parts.step_head_start += step.head_start;
  }
  Expect(event.parts == contact->parts, "20", name + ": its parts after a step");
  ExpectKey(*contact, event.key, "step");
  contact->steps_fired = event.fired;
  contact->steps_in_force = event.in_force;
  contact->key = event.key;
}

void Ledger::On(const Overflowed& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "overflowed");
  if (contact == nullptr) return;
  ExpectFrom(*contact, {ContactState::kWaiting, ContactState::kOffered}, "overflowed");
  const std::vector<Step>& steps = domain_.FindQueue(contact->queue)->steps;
  const std::uint32_t fired = contact->steps_fired;
  Expect(event.from == contact->queue, "6", Name(contact->id) + ": leaves where it is not");
  Expect(fired > 0 && steps.at(fired - 1).overflow == event.queue, "21",
         Name(contact->id) + ": overflows without a step");
  coverage_.Saw(contact->offers.empty() ? "an overflow" : "an overflow with an offer outstanding");
  StopWaiting(*contact, at);
  contact->waiting_since = at;
  contact->waited_in_queue = Duration{0};
  contact->queue = event.queue;
  contact->steps_fired = contact->steps_in_force = 0;
}

void Ledger::On(const CallbackSuggested& event, Instant) {
  LedgerContact* contact = Find(event.contact, "callback");
  if (contact == nullptr) return;
  const std::vector<Step>& steps = domain_.FindQueue(contact->queue)->steps;
  const std::uint32_t fired = contact->steps_fired;
  Expect(fired > 0 && steps.at(fired - 1).callback, "21",
         Name(contact->id) + ": a callback without a step");
  coverage_.Saw("a callback was suggested");
}

// --- Offers.

void Ledger::On(const Offered& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "offered");
  if (contact == nullptr) return;
  const LedgerAgent& agent = agents_[event.agent];
  const std::string name = Name(contact->id) + " and " + Name(event.agent);
  ExpectFrom(*contact, {ContactState::kWaiting, ContactState::kOffered}, "offered");
  Expect(event.offer.value() == offers_made_ + 1, "17", name + ": the offer's number");
  offers_made_ = std::max(offers_made_, event.offer.value());
  Expect(agent.presence == Presence::kAvailable, "9", name + ": she is not available");
  Expect(!agent.grace_ends, "9", name + ": she has no console");
  Expect(domain_.FindAgent(event.agent) != nullptr, "31", name + ": an agent of nobody");
  Expect(contact->OfferTo(event.agent) == nullptr, "7", name + ": she is being asked already");
  Expect(contact->consulter != event.agent, "9", name + ": she is asked what she asks");
  Expect(!contact->is_direct || event.alone, "9", name + ": one agent was asked, nobody else is");
  Expect(event.deadline == at + domain_.FindQueue(contact->queue)->offer_timeout, "11",
         name + ": the deadline");
  if (!contact->offers.empty()) coverage_.Saw("several agents were asked at once");
  if (event.new_round) coverage_.Saw("a new round began");
  contact->offers.push_back({event.offer, event.agent, event.deadline});
  SetState(*contact, ContactState::kOffered, at);
}

std::optional<Instant> Ledger::EndOffer(LedgerContact& contact, OfferId offer, const AgentId& agent,
                                        OfferEnd end, Instant at) {
  const auto found = std::find_if(contact.offers.begin(), contact.offers.end(),
                                  [&](const LedgerOffer& o) { return o.id == offer; });
  const std::string name = Name(contact.id) + " and " + Name(agent);
  Expect(found != contact.offers.end(), "10", name + ": an offer ends that was not open");
  if (found == contact.offers.end()) return std::nullopt;
  Expect(found->agent == agent, "10", name + ": it was made to " + found->agent.value());
  const Instant deadline = found->deadline;
  contact.offers.erase(found);
  contact.ended[agent] = {offer, end};
  if (contact.state == ContactState::kOffered && contact.offers.empty()) {
    SetState(contact, ContactState::kWaiting, at);
  }
  return deadline;
}

void Ledger::On(const Rejected& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "rejected");
  if (contact == nullptr) return;
  const auto deadline = EndOffer(*contact, event.offer, event.agent, OfferEnd::kRejected, at);
  const Queue& queue = *domain_.FindQueue(contact->queue);
  Expect(!deadline || at < *deadline, "10", Name(contact->id) + ": rejected after the deadline");
  Expect(event.ask_agent_from == at + queue.reject_delay, "12", Name(contact->id) + ": the delay");
  Expect(event.offer_again_from == at + queue.retry_after, "12", Name(contact->id) + ": the pause");
  coverage_.Saw("an offer was rejected");
}

void Ledger::On(const Missed& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "missed");
  if (contact == nullptr) return;
  const auto deadline = EndOffer(*contact, event.offer, event.agent, OfferEnd::kMissed, at);
  const std::string name = Name(contact->id) + " and " + Name(event.agent);
  if (deadline) ExpectDue(*deadline, *deadline, at, name + ": the offer is missed");
  Expect(event.queue == contact->queue, "11", name + ": missed in another queue");
  Expect(!agents_[event.agent].grace_ends, "14", name + ": a lost console misses nothing");
  Expect(event.offer_again_from == at + domain_.FindQueue(contact->queue)->retry_after, "12",
         name + ": the pause");
  coverage_.Saw("an offer was missed");
  if (event.breaker_open) coverage_.Saw("the breaker was open at a miss");
}

void Ledger::On(const Withdrawn& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "withdrawn");
  if (contact == nullptr) return;
  const auto deadline = EndOffer(*contact, event.offer, event.agent, OfferEnd::kWithdrawn, at);
  const std::string name = Name(contact->id) + " and " + Name(event.agent);
  const LedgerAgent& agent = agents_[event.agent];
  Expect(!deadline || at <= *deadline, "11", name + ": withdrawn after its deadline");
  switch (event.cause) {
    case WithdrawCause::kTaken:
      Expect(contact->state == ContactState::kAssigned, "7", name + ": taken by nobody");
      coverage_.Saw("another agent was faster");
      break;
    case WithdrawCause::kAgentNotReady:
      Expect(agent.presence != Presence::kAvailable, "14", name + ": she is ready");
      break;
    case WithdrawCause::kConsoleLost:
      Expect(agent.grace_ends.has_value(), "14", name + ": her console is there");
      if (deadline) ExpectDue(*deadline, *deadline, at, name + ": the offer ends, console lost");
      coverage_.Saw("a deadline came while the console was lost");
      break;
    default:
      break;
  }
}

// --- With an agent.

void Ledger::On(const Assigned& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "assigned");
  if (contact == nullptr) return;
  const std::string name = Name(contact->id) + " and " + Name(event.agent);
  const Queue& queue = *domain_.FindQueue(contact->queue);
  if (event.offer) {
    ExpectFrom(*contact, {ContactState::kOffered}, "assigned");
    const auto deadline = EndOffer(*contact, event.offer, event.agent, OfferEnd::kAccepted, at);
    Expect(!deadline || at < *deadline, "10", name + ": accepted at or after the deadline");
    if (deadline && *deadline - at <= Duration{1}) {
      coverage_.Saw("an accept in the last millisecond");
    }
  }
  CheckAnswer(event, *contact);
  contact->is_early = false;
  const Duration waited = contact->WaitedAt(at);
  Expect(event.queue == contact->queue, "36", name + ": assigned from another queue");
  Expect(event.waited == waited, "36", name + ": the time it waited");
  const Hours* hours = domain_.FindHours(queue.service_level.hours);
  const bool in_time = hours == nullptr ? waited <= queue.service_level.within
                                        : at <= PromiseOf(domain_.timezone, queue.service_level,
                                                          hours, contact->arrived);
  Expect(event.in_time == in_time, "36", name + ": in time or not");
  if (event.by != AssignedBy::kConsult && !contact->consults) {
    ++queues_[event.queue].accepted;
    if (event.in_time) ++queues_[event.queue].accepted_in_time;
  }
  StopWaiting(*contact, at);
  contact->agent = event.agent;
  SetState(*contact, ContactState::kAssigned, at);
}

void Ledger::CheckAnswer(const Assigned& event, const LedgerContact& contact) {
  const std::string name = Name(contact.id) + " and " + Name(event.agent);
  Expect(event.consults == contact.consults, "36", name + ": what it is a consult about");
  Expect(contact.consulter != event.agent, "9", name + ": her own question is given to her");
  Expect(!contact.is_early || event.by == AssignedBy::kSupervisor, "11", name + ": came too soon");
  switch (event.by) {
    case AssignedBy::kOffer:
      Expect(static_cast<bool>(event.offer), "10", name + ": accepted without an offer");
      break;
    case AssignedBy::kPull:
      Expect(!event.offer, "10", name + ": pulled by an offer");
      ExpectFrom(contact, {ContactState::kWaiting}, "pulled");
      Expect(IsSignedIn(event.agent), "9", name + ": pulled by somebody offline");
      coverage_.Saw("a contact was pulled by hand");
      break;
    case AssignedBy::kSupervisor:
      // An offer of hers has ended as accepted just before.
      ExpectFrom(contact, {ContactState::kWaiting, ContactState::kOffered}, "assigned by hand");
      Expect(IsSignedIn(event.agent), "9", name + ": given to somebody offline");
      Expect(!agents_[event.agent].grace_ends, "9", name + ": given to a lost console");
      Expect(event.supervisor == "sue", "36", name + ": who gave it");
      coverage_.Saw(contact.is_early ? "a supervisor gave what was scheduled"
                    : event.offer    ? "a supervisor gave what was being offered to her"
                                     : "a supervisor gave a contact");
      break;
    case AssignedBy::kConsult:
      Expect(!event.offer && !contact.consults, "10", name + ": given by an offer");
      ExpectFrom(contact, {ContactState::kWaiting}, "given after a consult");
      Expect(ConsultAbout(contact.id) == nullptr, "7", name + ": its consult goes on");
      coverage_.Saw("a consult became a transfer");
      break;
  }
}

void Ledger::On(const HeldByAgent& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "held");
  if (contact == nullptr) return;
  ExpectFrom(*contact, {ContactState::kAssigned}, "held");
  Expect(contact->agent == event.agent, "7", Name(contact->id) + ": held by another");
  SetState(*contact, ContactState::kHeld, at);
}

void Ledger::On(const Resumed& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "resumed");
  if (contact == nullptr) return;
  ExpectFrom(*contact, {ContactState::kHeld}, "resumed");
  Expect(contact->agent == event.agent, "7", Name(contact->id) + ": resumed by another");
  Expect(IsSignedIn(event.agent), "9", Name(contact->id) + ": resumed by somebody offline");
  coverage_.Saw("a held contact was resumed");
  SetState(*contact, ContactState::kAssigned, at);
}

void Ledger::On(const ConversationEnded& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "completed");
  if (contact == nullptr) return;
  ExpectFrom(*contact, {ContactState::kAssigned}, "completed");
  Expect(contact->agent == event.agent, "7", Name(contact->id) + ": completed by another");
  contact->is_lost = event.is_lost;
  if (event.is_lost) ExpectAdapterGone(*contact, at);
  SetState(*contact, ContactState::kWrapping, at);
}

void Ledger::On(const WrapUpStarted& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "wrap-up");
  if (contact == nullptr) return;
  const std::string name = Name(contact->id) + " and " + Name(event.agent);
  if (event.closes) {
    ExpectFrom(*contact, {ContactState::kWrapping}, "wrap-up");
    Expect(contact->agent == event.agent, "13", name + ": another wraps it up");
  } else {
    coverage_.Saw("a wrap-up after a transfer");
  }
  const Agent* agent = domain_.FindAgent(event.agent);
  const Queue& queue = *domain_.FindQueue(contact->queue);
  const auto of_channel = queue.wrap_up_of.find(contact->channel);
  Duration length = of_channel == queue.wrap_up_of.end() ? queue.wrap_up : of_channel->second;
  if (agent != nullptr && agent->wrap_up) length = *agent->wrap_up;
  Expect(length > Duration{0} && event.ends == at + length, "13", name + ": its length");
  Expect(event.channel == contact->channel, "8", name + ": holds room of another channel");
  agents_[event.agent].wrap_ups[event.contact] = {event.ends, event.closes};
}

void Ledger::On(const WrapUpExtended& event, Instant) {
  auto& wrap_ups = agents_[event.agent].wrap_ups;
  const auto found = wrap_ups.find(event.contact);
  const std::string name = Name(event.contact) + " and " + Name(event.agent);
  Expect(found != wrap_ups.end(), "13", name + ": no wrap-up to extend");
  if (found == wrap_ups.end()) return;
  Expect(event.ends >= found->second.ends, "13", name + ": extended to an earlier end");
  found->second.ends = event.ends;
  coverage_.Saw("a wrap-up was extended");
}

void Ledger::On(const WrapUpEnded& event, Instant at) {
  auto& wrap_ups = agents_[event.agent].wrap_ups;
  const auto found = wrap_ups.find(event.contact);
  const std::string name = Name(event.contact) + " and " + Name(event.agent);
  Expect(found != wrap_ups.end(), "13", name + ": a wrap-up ends that was none");
  if (found == wrap_ups.end()) return;
  if (by_timer_) {
    ExpectDue(found->second.ends, applied_, at, name + ": the wrap-up ends");
    coverage_.Saw("a wrap-up ended by its time");
  } else {
    Expect(at <= found->second.ends, "13", name + ": a wrap-up ends late");
    coverage_.Saw("a wrap-up was ended early");
  }
  wrap_ups.erase(found);
}

void Ledger::On(const Transferred& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "transferred");
  if (contact == nullptr) return;
  const std::string name = Name(contact->id);
  Expect(contact->offers.empty(), "7", name + ": transferred while being offered");
  Expect(!contact->consults, "3", name + ": a consult is passed on");
  const Queue& queue = *domain_.FindQueue(contact->queue);
  if (event.from) {
    ExpectFrom(*contact, {ContactState::kAssigned, ContactState::kHeld}, "transferred");
    Expect(contact->agent == event.from, "7", name + ": given away by another");
    contact->ended.try_emplace(event.from, OfferId{}, OfferEnd::kAccepted);
  } else {
    ExpectFrom(*contact, {ContactState::kWaiting}, "transferred by a supervisor");
    Expect(event.by_supervisor, "3", name + ": waits and is transferred");
    coverage_.Saw("a supervisor moved a waiting contact");
  }
  const bool exceeds =
      !contact->escalated && std::int64_t{contact->transfers} + 1 > queue.max_transfers;
  Expect(exceeds == (event.kind == TransferKind::kEscalation), "3",
         name + ": escalated too soon or too late");
  if (event.kind == TransferKind::kEscalation) {
    Expect(event.to_queue == queue.escalate_to, "3", name + ": escalated to another queue");
    contact->escalated = true;
    coverage_.Saw("a contact was escalated");
  }
  if (event.kind == TransferKind::kToAgent) coverage_.Saw("a transfer to an agent");
  ++contact->transfers;
  if (!contact->waiting_since) contact->waiting_since = at;
  SetState(*contact, ContactState::kWaiting, at);
}

void Ledger::On(const Updated& event, Instant) {
  LedgerContact* contact = Find(event.contact, "updated");
  if (contact == nullptr) return;
  KeyParts expected = contact->parts;
  expected.own_priority = event.parts.own_priority;
  expected.own_head_start = event.parts.own_head_start;
  Expect(event.parts == expected, "17", Name(contact->id) + ": an update changed what it may not");
  contact->parts = event.parts;
  if (event.channel) {
    const std::string name = Name(contact->id);
    ExpectFrom(*contact, {ContactState::kScheduled, ContactState::kWaiting}, "another channel");
    Expect(*event.channel != contact->channel, "35", name + ": is of this channel already");
    Expect(!contact->consults, "3", name + ": a consult changes its channel");
    Expect(contact->external_id.empty() || !FindByExternalId(*event.channel, contact->external_id),
           "4", name + ": another of that channel has its external id");
    contact->channel = *event.channel;
    coverage_.Saw("a contact came by another channel");
  }
  if (contact->state == ContactState::kScheduled) {
    if (event.queue) contact->queue = event.queue;
    return;
  }
  Expect(event.key.sequence == contact->key.sequence, "16", Name(contact->id) + ": its sequence");
  ExpectKey(*contact, event.key, "updated");
  contact->key = event.key;
  if (contact->state == ContactState::kOffered) coverage_.Saw("an update while being offered");
}

// --- Adapters.

void Ledger::On(const AdapterChanged& event, Instant at) {
  const auto known = adapters_.find(event.adapter);
  if (event.is_gone) {
    Expect(event.lost_at.has_value(), "35", event.adapter + ": gone and never lost");
    for (const auto& [id, contact] : open_) {
      const Duration grace = domain_.adapter_grace.Of(contact.channel);
      if (contact.adapter != event.adapter || grace <= Duration{0}) continue;
      if (contact.state == ContactState::kWrapping) continue;
      // One that came in without a stream after the grace is nobody's.
      Expect(event.lost_at && *event.lost_at + grace > at, "35",
             Name(id) + ": a ghost of " + event.adapter);
    }
    adapters_.erase(event.adapter);
    coverage_.Saw("an adapter's grace ended");
    return;
  }
  if (!event.lost_at && known != adapters_.end() && known->second) {
    coverage_.Saw("an adapter came back within its grace");
  }
  if (event.lost_at) Expect(event.check_at > at, "35", event.adapter + ": looked at in the past");
  adapters_[event.adapter] = event.lost_at;
}

void Ledger::On(const Claimed& event, Instant) {
  LedgerContact* contact = Find(event.contact, "claimed");
  if (contact == nullptr) return;
  Expect(contact->state != ContactState::kWrapping, "35", Name(contact->id) + ": claimed too late");
  Expect(contact->adapter == event.from, "35", Name(contact->id) + ": claimed from another");
  contact->adapter = event.adapter;
  coverage_.Saw("a contact went on at another adapter");
}

// Nobody but the adapter's grace takes contacts away by itself.
void Ledger::ExpectAdapterGone(const LedgerContact& contact, Instant at) {
  if (!by_timer_) return;
  const auto adapter = adapters_.find(contact.adapter);
  const Duration grace = domain_.adapter_grace.Of(contact.channel);
  const bool gone = adapter != adapters_.end() && adapter->second && grace > Duration{0} &&
                    *adapter->second + grace <= at;
  Expect(gone, "35", Name(contact.id) + ": lost while its adapter may come back");
}

// --- The end.

std::optional<Instant> Ledger::LimitOf(const LedgerContact& contact) const {
  if (!contact.waiting_since || contact.is_direct) return std::nullopt;
  if (contact.wait_limit) return *contact.waiting_since - contact.waited + *contact.wait_limit;
  const auto& limit = domain_.FindQueue(contact.queue)->wait_limit;
  if (!limit) return std::nullopt;
  return *contact.waiting_since - contact.waited_in_queue + *limit;
}

std::optional<Instant> Ledger::LeavesEmptyQueueAt(const LedgerContact& contact) const {
  const WhenEmpty& when = domain_.FindQueue(contact.queue)->when_empty;
  const auto queue = queues_.find(contact.queue);
  if (contact.state != ContactState::kWaiting || when.then != EmptyAction::kLeave) return {};
  if (contact.is_direct) return std::nullopt;
  if (queue == queues_.end() || !queue->second.empty_since) return std::nullopt;
  const Instant entered = *contact.waiting_since - contact.waited_in_queue;
  return std::max(*queue->second.empty_since + when.after, entered + when.newcomers);
}

void Ledger::On(const Closed& event, Instant at) {
  LedgerContact* contact = Find(event.contact, "closed");
  if (contact == nullptr) return;
  using enum ContactState;
  const std::string name = Name(contact->id);
  Expect(contact->offers.empty(), "7", name + ": closed while being offered");
  Expect(event.waited == contact->WaitedAt(at), "36", name + ": the time it waited, at its end");
  Expect(event.transfers == contact->transfers, "36", name + ": its transfers, at its end");
  const Instant floor = std::max(applied_, contact->waiting_since.value_or(at));
  Expect(ConsultAbout(contact->id) == nullptr, "7", name + ": its consult outlives it");
  if (contact->consults) CheckEndOfConsult(event, *contact);
  switch (event.outcome) {
    case ContactOutcome::kCompleted:
      if (contact->consults && contact->state == kAssigned) break;  // given to who was asked
      ExpectFrom(*contact, {kWrapping}, "closed completed");
      Expect(!contact->is_lost, "13", name + ": closed completed after it was lost");
      Expect(!agents_[contact->agent].wrap_ups.contains(contact->id), "13",
             name + ": closed before its wrap-up ended");
      break;
    case ContactOutcome::kAbandoned:
      ExpectFrom(*contact, {kScheduled, kWaiting, kHeld}, "closed abandoned");
      break;
    case ContactOutcome::kCancelled:
      if (contact->consults && !contact->Waits()) {
        ExpectFrom(*contact, {kAssigned, kHeld}, "its contact left the asker");
        coverage_.Saw("a consult ended with its contact");
        break;
      }
      ExpectFrom(*contact, {kScheduled, kWaiting}, "closed cancelled");
      break;
    case ContactOutcome::kLost:
      // Who talked when the medium went has her wrap-up first.
      ExpectFrom(*contact, {kScheduled, kWaiting, kHeld, kWrapping}, "closed lost");
      Expect(contact->state != kWrapping || contact->is_lost, "13",
             name + ": closed lost after a conversation that was not");
      if (contact->state != kWrapping) ExpectAdapterGone(*contact, at);
      coverage_.Saw(contact->consults ? "a consult was lost with its adapter"
                                      : "an adapter was lost");
      break;
    case ContactOutcome::kTimedOut: {
      ExpectFrom(*contact, {kWaiting}, "closed timed-out");
      if (contact->is_direct) break;
      const std::vector<Step>& steps = domain_.FindQueue(contact->queue)->steps;
      if (contact->steps_fired > 0 && steps.at(contact->steps_fired - 1).give_up) {
        coverage_.Saw("a step gave a contact up");
        break;
      }
      const std::optional<Instant> limit = LimitOf(*contact);
      Expect(limit.has_value(), "21", name + ": timed out without a limit");
      if (limit) ExpectDue(*limit, floor, at, name + ": its wait limit");
      coverage_.Saw(contact->state_since == at ? "a wait limit came while being offered"
                                               : "a wait limit came");
      break;
    }
    case ContactOutcome::kRefused: {
      if (contact->state == kScheduled) {
        Expect(event.refusal.has_value(), "35", name + ": refused without a reason");
        break;
      }
      if (contact->is_direct) break;
      ExpectFrom(*contact, {kWaiting}, "closed refused");
      const std::optional<Instant> leaves = LeavesEmptyQueueAt(*contact);
      Expect(leaves.has_value(), "21", name + ": leaves a queue that is not empty");
      if (leaves) {
        ExpectDue(*leaves, std::max(floor, contact->state_since), at, name + ": leaves");
      }
      coverage_.Saw("a contact left an empty queue");
      break;
    }
  }
  closed_.emplace(contact->id, event.outcome);
  open_.erase(event.contact);
}

// How a consult ends beside what every contact's end must be.
void Ledger::CheckEndOfConsult(const Closed& event, const LedgerContact& contact) {
  const std::string name = Name(contact.id);
  Expect(event.consults == contact.consults && event.consulter == contact.consulter, "36",
         name + ": what it was a consult about");
  if (!contact.is_direct) return;
  const bool is_refused = event.outcome == ContactOutcome::kRefused;
  const bool is_missed = event.outcome == ContactOutcome::kTimedOut;
  Expect(is_missed == (event.refusal == Refusal::kOfferMissed), "35", name + ": missed or not");
  Expect((is_refused || is_missed) == event.refusal.has_value(), "35", name + ": without a reason");
  if (!is_refused) return;
  ExpectFrom(contact, {ContactState::kWaiting, ContactState::kAssigned, ContactState::kHeld},
             "a consult came to nothing");
  coverage_.Saw("a consult came to nothing");
}

}  // namespace usher::engine::simulation
