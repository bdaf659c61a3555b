// SPDX-License-Identifier: Apache-2.0
#include "router/engine/capacity.h"
#include "router/engine/core.h"
#include "router/engine/open_time.h"

// An offer's answers, and taking a contact by hand.

namespace usher::engine {
namespace {

std::string NameOf(ContactId contact) { return "contact " + std::to_string(contact.value()); }

}  // namespace

// Of an agent who has no live offer of the contact (with this id, where one was named).
Hurdle Engine::Core::HowItEnded(const LiveContact& contact, AgentIndex agent, OfferId offer) const {
  const EndedOffer* past = contact.FindPastOffer(agent);
  const std::string who =
      NameOf(contact.id) + " and agent \"" + state_.agent(agent).id.value() + "\"";
  if (past == nullptr || !past->id || (offer && past->id != offer)) {
    return {Refusal::kNotOffered, "there is no such offer of " + who};
  }
  switch (past->end) {
    case OfferEnd::kMissed:
      return {Refusal::kOfferMissed, "the offer of " + who + " passed its deadline"};
    case OfferEnd::kRejected:
      return {Refusal::kOfferRejected, "the offer of " + who + " was rejected"};
    case OfferEnd::kWithdrawn:
      return {Refusal::kOfferWithdrawn, "the offer of " + who + " was withdrawn"};
    case OfferEnd::kAccepted:
      break;
  }
  return {Refusal::kNotOffered, "the offer of " + who + " was accepted before"};
}

Outcome Engine::Core::Decide(const Accept& command) {
  const LiveContact* contact = nullptr;
  const LiveAgent* agent = nullptr;
  Hurdle no_contact = FindOpen(command.contact, contact);
  if (no_contact.refusal == Refusal::kUnknownContact) return Refuse(std::move(no_contact));
  if (Hurdle hurdle = FindKnown(command.agent, agent)) return Refuse(std::move(hurdle));
  if (no_contact) return Refuse(std::move(no_contact), command.contact);
  const AgentIndex index = state_.IndexOf(*agent);
  const LiveOffer* offer = contact->FindOpenOffer(index);
  if (offer != nullptr && (!command.offer || command.offer == offer->id)) {
    const OfferId accepted = offer->id;
    AssignTo(command.agent, command.contact, accepted, AssignedBy::kOffer);
    WithdrawOffersOf(command.contact, WithdrawCause::kTaken);
    return {.contact = command.contact, .offer = accepted};
  }
  const EndedOffer* past = contact->FindPastOffer(index);
  const bool is_hers = !contact->Waits() && contact->agent == index;
  if (past != nullptr && past->end == OfferEnd::kAccepted && past->id && is_hers &&
      (!command.offer || command.offer == past->id)) {
    return {.contact = command.contact, .offer = past->id, .repeated = true};
  }
  return Refuse(HowItEnded(*contact, index, command.offer), command.contact);
}

Outcome Engine::Core::Decide(const Reject& command) {
  const LiveContact* contact = nullptr;
  const LiveAgent* agent = nullptr;
  Hurdle no_contact = FindOpen(command.contact, contact);
  if (no_contact.refusal == Refusal::kUnknownContact) return Refuse(std::move(no_contact));
  if (Hurdle hurdle = FindKnown(command.agent, agent)) return Refuse(std::move(hurdle));
  if (no_contact) return Refuse(std::move(no_contact), command.contact);
  const AgentIndex index = state_.IndexOf(*agent);
  const LiveOffer* offer = contact->FindOpenOffer(index);
  if (offer == nullptr || (command.offer && command.offer != offer->id)) {
    return Refuse(HowItEnded(*contact, index, command.offer), command.contact);
  }
  if (command.reason.size() > kTextBytesMax) {
    return Refuse({Refusal::kTooLarge, "the reason is longer than 4096 bytes"}, command.contact);
  }
  const Queue& queue = *state_.QueueOf(*contact).config;
  const OfferId rejected = offer->id;
  Emit(Rejected{.offer = rejected,
                .contact = command.contact,
                .agent = command.agent,
                .reason = command.reason,
                .ask_agent_from = now_ + queue.reject_delay,
                .offer_again_from = now_ + queue.retry_after});
  EndDirectConsult(command.contact, ContactOutcome::kRefused, Refusal::kOfferRejected);
  return {.contact = command.contact, .offer = rejected};
}

Outcome Engine::Core::Decide(const Pull& command) {
  const LiveContact* contact = nullptr;
  const LiveAgent* agent = nullptr;
  Hurdle no_contact = FindOpen(command.contact, contact);
  if (no_contact.refusal == Refusal::kUnknownContact) return Refuse(std::move(no_contact));
  if (Hurdle hurdle = FindKnown(command.agent, agent)) return Refuse(std::move(hurdle));
  if (no_contact) return Refuse(std::move(no_contact), command.contact);
  const auto refuse = [&](Refusal refusal, const std::string& why) {
    return Refuse({refusal, NameOf(command.contact) + " " + why}, command.contact);
  };
  switch (contact->state) {
    case ContactState::kAssigned:
    case ContactState::kHeld:
      return refuse(Refusal::kTaken, "is with an agent");
    case ContactState::kOffered:
      return refuse(Refusal::kOffered, "is being offered");
    case ContactState::kWaiting:
      break;
    default:
      return refuse(Refusal::kWrongState, "is " + std::string(ToString(contact->state)));
  }
  if (contact->Barred() == state_.IndexOf(*agent)) {
    return refuse(Refusal::kNotYours, "is a question of this agent to another");
  }
  if (!agent->IsSignedIn()) return refuse(Refusal::kOffline, "asks for an agent who is offline");
  if (!contact->demand->IsMember(*agent)) {
    return refuse(Refusal::kNotMember, "waits where this agent does not serve");
  }
  if (!ServesChannel(*agent, contact->channel)) {
    return refuse(Refusal::kWrongChannel, "comes by a channel that this agent does not serve");
  }
  if (!contact->demand->requirement.Evaluate(agent->levels)) {
    return refuse(Refusal::kWrongSkill, "requires what this agent does not have");
  }
  if (!HasRoom(*agent, contact->channel)) {
    return refuse(Refusal::kNoRoom, "finds no room with this agent");
  }
  AssignTo(command.agent, command.contact, OfferId{}, AssignedBy::kPull);
  return {.contact = command.contact};
}

// Overrides membership, tier, skill, presence and pauses; not what she could not talk through, or
// has no hands for.
Outcome Engine::Core::Decide(const Assign& command) {
  const LiveContact* contact = nullptr;
  const LiveAgent* agent = nullptr;
  Hurdle no_contact = FindOpen(command.contact, contact);
  if (no_contact.refusal == Refusal::kUnknownContact) return Refuse(std::move(no_contact));
  if (Hurdle hurdle = FindKnown(command.agent, agent)) return Refuse(std::move(hurdle));
  if (no_contact) return Refuse(std::move(no_contact), command.contact);
  if (Hurdle hurdle = CheckAssign(command, *contact, *agent)) {
    return Refuse(std::move(hurdle), command.contact);
  }
  if (contact->state == ContactState::kScheduled) {
    Enqueue(command.contact, contact->queue, QueuedBy::kSchedule);
  }
  const LiveOffer* offer = contact->FindOpenOffer(state_.IndexOf(*agent));
  AssignTo(command.agent, command.contact, offer != nullptr ? offer->id : OfferId{},
           AssignedBy::kSupervisor, command.by);
  WithdrawOffersOf(command.contact, WithdrawCause::kTaken);
  return {.contact = command.contact};
}

Hurdle Engine::Core::CheckAssign(const Assign& command, const LiveContact& contact,
                                 const LiveAgent& agent) const {
  const std::string name = NameOf(contact.id);
  const std::string who = "agent \"" + agent.id.value() + "\"";
  if (contact.state == ContactState::kAssigned || contact.state == ContactState::kHeld) {
    return {Refusal::kTaken, name + " is with an agent"};
  }
  if (contact.state == ContactState::kWrapping) {
    return {Refusal::kWrongState, name + " is " + std::string(ToString(contact.state))};
  }
  const AgentIndex index = state_.IndexOf(agent);
  if (contact.Barred() == index) {
    return {Refusal::kNotYours, name + " is a question of " + who + " to another"};
  }
  if (!agent.IsSignedIn()) return {Refusal::kOffline, who + " is not signed in"};
  if (agent.grace_ends) return {Refusal::kConsoleLost, who + " has lost her console"};
  if (!ServesChannel(agent, contact.channel)) {
    return {Refusal::kWrongChannel,
            who + " does not serve " + std::string(ToString(contact.channel))};
  }
  // While she is being asked, the offer holds the room.
  if (contact.FindOpenOffer(index) == nullptr && !HasRoom(agent, contact.channel)) {
    return {Refusal::kNoRoom, who + " has no room"};
  }
  if (command.by.size() > kTextBytesMax) {
    return {Refusal::kTooLarge, "the supervisor's name is longer than 4096 bytes"};
  }
  return {};
}

// In opening hours it is from the arrival on that a promise is counted, for of the time waited only
// the sum is kept.
bool Engine::Core::IsInTime(const LiveQueue& queue, Instant arrived, Duration waited) const {
  const ServiceLevel& level = queue.config->service_level;
  if (queue.promise_hours == nullptr) return waited <= level.within;
  return now_ <= PromiseOf(state_.domain().timezone, level, queue.promise_hours, arrived);
}

void Engine::Core::AssignTo(const AgentId& agent, ContactId id, OfferId offer, AssignedBy by,
                            std::string supervisor) {
  const LiveContact& contact = *state_.FindContact(id);
  const LiveQueue& queue = state_.QueueOf(contact);
  const Duration waited = contact.WaitedAt(now_);
  Emit(Assigned{.contact = id,
                .agent = agent,
                .offer = offer,
                .queue = queue.id,
                .waited = waited,
                .in_time = IsInTime(queue, contact.arrived, waited),
                .by = by,
                .supervisor = std::move(supervisor),
                .consults = contact.Consults()});
}

}  // namespace usher::engine
