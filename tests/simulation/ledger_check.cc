// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/simulation/ledger.h"

// The ledger beside the engine: after every command both tell the same story.

namespace usher::engine::simulation {
namespace {

std::string Name(ContactId contact) { return "contact " + std::to_string(contact.value()); }

constexpr std::size_t kRecentAcceptsMax = 16;

}  // namespace

void Ledger::CheckAgainst(const Engine& engine) {
  const std::vector<ContactId> ids = engine.Contacts();
  Expect(created_ == open_.size() + closed_.size(), "1", "contacts were made or lost");
  Expect(ids.size() == open_.size(), "1", "the engine has another number of open contacts");
  for (const ContactId id : ids) {
    const auto found = open_.find(id);
    Expect(found != open_.end(), "1", Name(id) + " is open in the engine alone");
    if (found != open_.end()) CheckContact(found->second, engine.Row(id));
  }
  for (const AgentId& id : engine.Agents()) CheckAgent(id, engine.Row(id));
  std::size_t in_queues = 0;
  for (const Queue& queue : domain_.queues) {
    CheckQueue(engine, queue.id);
    in_queues += engine.CountsOf(queue.id).waiting;
  }
  std::size_t elsewhere = 0;
  for (const auto& [id, contact] : open_) {
    if (!contact.Waits()) ++elsewhere;
    CheckDue(contact, engine.now());
    if (!contact.Waits()) continue;
    const std::optional<WaitEstimate> wait = engine.EstimatedWaitOf(id);
    Expect(!wait || (wait->low >= Duration{0} && wait->low <= wait->expected &&
                     wait->expected <= wait->high),
           "21", Name(id) + ": a wait below zero, or an interval without its middle");
    Expect(engine.PositionOf(id) >= 1, "21", Name(id) + ": waits without a position");
  }
  Expect(in_queues + elsewhere == open_.size(), "5", "the queues hold another number of contacts");
}

void Ledger::CheckContact(const LedgerContact& contact, const ContactRow& row) {
  const std::string name = Name(contact.id);
  Expect(row.state == contact.state, "3",
         name + " is " + std::string(ToString(row.state)) + " and should be " +
             std::string(ToString(contact.state)));
  Expect(row.queue == contact.queue, "6", name + " is in queue " + row.queue.value());
  Expect(row.adapter == contact.adapter, "35", name + " is held by \"" + row.adapter + "\"");
  Expect(row.key == contact.key && row.parts == contact.parts, "17", name + ": its key");
  Expect(row.waiting_since == contact.waiting_since && row.waited == contact.waited, "36",
         name + ": the time it waited");
  Expect(row.steps_fired == contact.steps_fired && row.steps_in_force == contact.steps_in_force,
         "20", name + ": its steps");
  Expect(row.transfers == contact.transfers && row.escalated == contact.escalated, "3",
         name + ": its transfers");
  Expect(contact.state != ContactState::kScheduled || contact.not_before, "3",
         name + ": scheduled for no time");
  Expect(row.channel == contact.channel, "3", name + ": its channel");
  Expect(!contact.is_early, "11", name + ": queued before its time, and given to nobody");
  CheckConsult(contact, row);
  Expect(row.past_offers.size() <= 64, "33", name + ": remembers too many offers");
  bool same = row.offers.size() == contact.offers.size();
  for (std::size_t i = 0; same && i < row.offers.size(); ++i) {
    same = row.offers[i].id == contact.offers[i].id &&
           row.offers[i].agent == contact.offers[i].agent &&
           row.offers[i].deadline == contact.offers[i].deadline;
  }
  Expect(same, "7", name + ": its offers");
  Expect((contact.state == ContactState::kOffered) == !contact.offers.empty(), "7",
         name + ": offered, and to whom?");
  const bool with_agent = contact.state == ContactState::kAssigned ||
                          contact.state == ContactState::kHeld ||
                          contact.state == ContactState::kWrapping;
  if (!with_agent) return;
  Expect(row.agent == contact.agent, "7", name + " is with " + row.agent.value());
  const LedgerAgent& agent = agents_[contact.agent];
  if (contact.state == ContactState::kWrapping) {
    const auto wrap_up = agent.wrap_ups.find(contact.id);
    Expect(wrap_up != agent.wrap_ups.end() && wrap_up->second.closes, "13",
           name + ": wraps up without an end");
  } else if (contact.state == ContactState::kAssigned && contact.channel != Channel::kVoice &&
             contact.channel != Channel::kCallback) {
    Expect(agent.presence != Presence::kOffline, "14", name + ": left with somebody offline");
  }
}

// A consult lives while its contact is with the agent who asks, and each names the other.
void Ledger::CheckConsult(const LedgerContact& contact, const ContactRow& row) {
  const std::string name = Name(contact.id);
  Expect(row.consults == contact.consults && row.consulter == contact.consulter &&
             row.is_direct_consult == contact.is_direct,
         "3", name + ": what it is a consult about");
  const LedgerContact* consult = ConsultAbout(contact.id);
  Expect(row.consult == (consult != nullptr ? consult->id : ContactId{}), "7",
         name + ": its consult");
  if (!contact.consults || contact.state == ContactState::kWrapping) return;
  Expect(!contact.is_direct || contact.state != ContactState::kWaiting, "34",
         name + ": waits for an agent who is not asked");
  const auto about = open_.find(contact.consults);
  const bool goes_on = about != open_.end() && about->second.agent == contact.consulter &&
                       (about->second.state == ContactState::kAssigned ||
                        about->second.state == ContactState::kHeld);
  Expect(goes_on, "14", name + ": is about what left the agent who asks");
}

void Ledger::CheckAgent(const AgentId& id, const AgentRow& row) {
  const LedgerAgent& agent = agents_[id];
  const std::string name = "agent " + id.value();
  Expect(row.presence == agent.presence, "3", name + ": her presence");
  Expect(row.grace_ends == agent.grace_ends, "14", name + ": her console");
  Expect(!agent.grace_ends || *agent.grace_ends > last_ || agent.presence == Presence::kOffline,
         "14", name + ": her grace is over");
  bool same = row.wrap_ups.size() == agent.wrap_ups.size();
  for (const WrapUp& wrap_up : row.wrap_ups) {
    const auto known = agent.wrap_ups.find(wrap_up.contact);
    same = same && known != agent.wrap_ups.end() && known->second.ends == wrap_up.ends &&
           known->second.closes == wrap_up.closes;
  }
  Expect(same, "13", name + ": her wrap-ups");
}

void Ledger::CheckQueue(const Engine& engine, const QueueId& id) {
  const LedgerQueue& queue = queues_[id];
  const QueueRow row = engine.Row(id);
  const std::string name = "queue " + id.value();
  Expect(row.accepted == queue.accepted && row.accepted_in_time == queue.accepted_in_time, "36",
         name + ": its service level");
  Expect(row.empty_since == queue.empty_since, "21", name + ": since when it is empty");
  Expect(row.recent_accepts.size() <= kRecentAcceptsMax, "33", name + ": too many accepts kept");
  Expect(row.misses.size() <= domain_.agents.size() + agents_.size(), "33", name + ": misses kept");
  std::vector<std::pair<OrderKey, ContactId>> expected;
  for (const auto& [contact_id, contact] : open_) {
    if (contact.Waits() && contact.queue == id) expected.emplace_back(contact.key, contact_id);
  }
  std::sort(expected.begin(), expected.end());
  const std::vector<ContactId> waiting = engine.WaitingIn(id);
  bool same = waiting.size() == expected.size();
  for (std::size_t i = 0; same && i < waiting.size(); ++i) same = waiting[i] == expected[i].second;
  Expect(same, "6", name + ": who waits, and in which order");
}

// Nothing that was due is left behind.
void Ledger::CheckDue(const LedgerContact& contact, Instant now) {
  const std::string name = Name(contact.id);
  for (const LedgerOffer& offer : contact.offers) {
    Expect(offer.deadline > now, "34", name + ": an offer outlived its deadline");
  }
  if (contact.state == ContactState::kScheduled && contact.not_before) {
    Expect(*contact.not_before > now, "34", name + ": its time has come");
  }
  const LedgerAgent& agent = agents_[contact.agent];
  const auto wrap_up = agent.wrap_ups.find(contact.id);
  if (wrap_up != agent.wrap_ups.end()) {
    Expect(wrap_up->second.ends > now, "34", name + ": its wrap-up is over");
  }
  if (!contact.Waits() || contact.is_direct) return;
  const std::vector<Step>& steps = domain_.FindQueue(contact.queue)->steps;
  if (contact.steps_fired < steps.size()) {
    Expect(steps[contact.steps_fired].at > contact.WaitedInQueueAt(now), "34",
           name + ": a step is due");
  }
  const std::optional<Instant> limit = LimitOf(contact);
  Expect(!limit || *limit > now, "34", name + ": its wait limit is over");
  const std::optional<Instant> leaves = LeavesEmptyQueueAt(contact);
  Expect(!leaves || *leaves > now, "34", name + ": waits in an empty queue for too long");
}

// How one's last offer ended is what a late accept is told.
std::optional<Ledger::Answer> Ledger::AnswerTo(const Accept& accept) const {
  if (accept.contact.value() == 0 || accept.contact.value() > created_) {
    return Answer{Refusal::kUnknownContact};
  }
  if (domain_.FindAgent(accept.agent) == nullptr) return std::nullopt;  // known only if she works
  const auto found = open_.find(accept.contact);
  if (found == open_.end()) return Answer{Refusal::kContactClosed};
  const LedgerContact& contact = found->second;
  const LedgerOffer* offer = contact.OfferTo(accept.agent);
  if (offer != nullptr && (!accept.offer || accept.offer == offer->id)) return Answer{};
  const auto ended = contact.ended.find(accept.agent);
  if (ended == contact.ended.end() || !ended->second.first) return Answer{Refusal::kNotOffered};
  const auto& [id, end] = ended->second;
  if (accept.offer && accept.offer != id) return Answer{Refusal::kNotOffered};
  switch (end) {
    case OfferEnd::kMissed:
      return Answer{Refusal::kOfferMissed};
    case OfferEnd::kRejected:
      return Answer{Refusal::kOfferRejected};
    case OfferEnd::kWithdrawn:
      return Answer{Refusal::kOfferWithdrawn};
    case OfferEnd::kAccepted:
      break;
  }
  const bool is_hers = !contact.Waits() && contact.agent == accept.agent;
  if (is_hers) return Answer{{}, true};
  return Answer{Refusal::kNotOffered};
}

}  // namespace usher::engine::simulation
