// SPDX-License-Identifier: Apache-2.0
#include "router/engine/capacity.h"
#include "router/engine/core.h"

// From hand to hand (points 7, 25, 26 of the semantics).

namespace usher::engine {
namespace {

bool IsWithAgent(const LiveContact& contact) {
  return contact.state == ContactState::kAssigned || contact.state == ContactState::kHeld;
}

}  // namespace

Outcome Engine::Core::Decide(const Transfer& command) {
  const LiveContact* contact = nullptr;
  const LiveAgent* agent = nullptr;
  Hurdle no_contact = FindOpen(command.contact, contact);
  if (no_contact.refusal == Refusal::kUnknownContact) return Refuse(std::move(no_contact));
  if (command.by) {
    if (Hurdle hurdle = FindKnown(command.by, agent)) return Refuse(std::move(hurdle));
  }
  if (command.to_agent) {
    if (Hurdle hurdle = FindKnown(command.to_agent, agent)) return Refuse(std::move(hurdle));
  } else if (state_.FindQueue(command.to_queue) == nullptr) {
    return Refuse(
        {Refusal::kUnknownQueue, "there is no queue \"" + command.to_queue.value() + "\""},
        command.contact);
  }
  if (no_contact) return Refuse(std::move(no_contact), command.contact);
  if (Hurdle hurdle = CheckTransfer(command, *contact)) {
    return Refuse(std::move(hurdle), command.contact);
  }
  const bool exceeds = WouldExceed(*contact);
  const bool after_consult =
      !exceeds && command.to_agent && IsConsultOf(*contact, *state_.FindAgent(command.to_agent));
  if (!after_consult) EndConsult(command.contact);
  WithdrawOffersOf(command.contact, WithdrawCause::kMoved);
  const AgentId from = IsWithAgent(*contact) ? state_.agent(contact->agent).id : AgentId{};
  if (exceeds) {
    const QueueIndex owner = state_.QueueOf(*contact).escalate_to;
    MoveToQueue(*contact, from, owner, TransferKind::kEscalation, command);
  } else if (command.to_agent) {
    HandToAgent(*contact, from, command, after_consult);
  } else {
    MoveToQueue(*contact, from, state_.IndexOf(*state_.FindQueue(command.to_queue)),
                TransferKind::kToQueue, command);
  }
  return {.contact = command.contact};
}

// A supervisor may also move what only waits; everyone else, what an agent has.
Hurdle Engine::Core::CheckTransfer(const Transfer& command, const LiveContact& contact) const {
  const std::string name = "contact " + std::to_string(contact.id.value());
  if (!IsWithAgent(contact) && !(command.by_supervisor && contact.Waits())) {
    return {Refusal::kWrongState, name + " is " + std::string(ToString(contact.state))};
  }
  if (contact.Consults()) {
    return {Refusal::kWrongState, name + " is a consult, which is not passed on"};
  }
  if (!command.by_supervisor) {
    if (Hurdle hurdle = CheckOwner(contact, command.by)) return hurdle;
  }
  if (Hurdle hurdle = CheckTarget(command, contact)) return hurdle;
  if (contact.escalated && command.by && !command.by_supervisor) {
    return {Refusal::kEscalated, name + " was escalated and stays there"};
  }
  if (WouldExceed(contact) && state_.QueueOf(contact).escalate_to == kNoIndex) {
    return {Refusal::kTransferLimit, name + " was transferred " +
                                         std::to_string(contact.transfers) +
                                         " times, and its queue has nobody to escalate to"};
  }
  return {};
}

Hurdle Engine::Core::CheckTarget(const Transfer& command, const LiveContact& contact) const {
  if (!command.to_agent) return CheckQueueTakes(command.to_queue, contact.channel);
  const LiveAgent& agent = *state_.FindAgent(command.to_agent);
  // She talks about it already; whether she is ready for something new does not matter.
  if (agent.IsSignedIn() && IsConsultOf(contact, agent)) return {};
  return CheckAgentTakes(command.to_agent, contact);
}

Hurdle Engine::Core::CheckQueueTakes(const QueueId& id, Channel channel) const {
  const LiveQueue& queue = *state_.FindQueue(id);
  if (queue.config->channels.Has(channel)) return {};
  return {Refusal::kWrongChannel,
          "queue \"" + id.value() + "\" does not take " + std::string(ToString(channel))};
}

Hurdle Engine::Core::CheckAgentTakes(const AgentId& id, const LiveContact& contact) const {
  const LiveAgent& agent = *state_.FindAgent(id);
  const std::string name = "agent \"" + id.value() + "\"";
  if (!agent.IsSignedIn()) return {Refusal::kOffline, name + " is not signed in"};
  if (agent.presence != Presence::kAvailable) return {Refusal::kNotReady, name + " is not ready"};
  if (agent.grace_ends) return {Refusal::kConsoleLost, name + " has lost her console"};
  if (!ServesChannel(agent, contact.channel)) {
    return {Refusal::kWrongChannel,
            name + " does not serve " + std::string(ToString(contact.channel))};
  }
  if (!HasRoomFor(agent, contact)) return {Refusal::kNoRoom, name + " has no room"};
  return {};
}

bool Engine::Core::WouldExceed(const LiveContact& contact) const {
  return !contact.escalated &&
         std::int64_t{contact.transfers} + 1 > state_.QueueOf(contact).config->max_transfers;
}

// Wrap-up starts only for the agent who gave the contact away herself.
void Engine::Core::StartWrapUpOfGiver(ContactId id, const AgentId& giver, Duration length) {
  if (length <= Duration{0}) return;
  Emit(WrapUpStarted{.contact = id,
                     .agent = giver,
                     .channel = state_.FindContact(id)->channel,
                     .ends = now_ + length,
                     .closes = false});
}

void Engine::Core::MoveToQueue(const LiveContact& contact, AgentId from, QueueIndex to,
                               TransferKind kind, const Transfer& command) {
  const ContactId id = contact.id;
  const Duration wrap_up =
      from && command.by == from ? WrapUpOf(contact, *state_.FindAgent(from)) : Duration{0};
  Emit(Transferred{.contact = id,
                   .from = from,
                   .kind = kind,
                   .to_queue = state_.queue(to).id,
                   .to_agent = {},
                   .by_supervisor = command.by_supervisor});
  StartWrapUpOfGiver(id, from, wrap_up);
  Enqueue(id, to, QueuedBy::kTransfer);
}

// Who hands a contact to herself did not end the conversation, and has nothing to wrap up.
void Engine::Core::HandToAgent(const LiveContact& contact, AgentId from, const Transfer& command,
                               bool after_consult) {
  const ContactId id = contact.id;
  const Duration wrap_up = from && command.by == from && command.to_agent != from
                               ? WrapUpOf(contact, *state_.FindAgent(from))
                               : Duration{0};
  Emit(Transferred{.contact = id,
                   .from = from,
                   .kind = TransferKind::kToAgent,
                   .to_queue = {},
                   .to_agent = command.to_agent,
                   .by_supervisor = command.by_supervisor});
  StartWrapUpOfGiver(id, from, wrap_up);
  if (after_consult) {
    // The consult gives its room to the contact.
    EndConsult(id, ContactOutcome::kCompleted);
    AssignTo(command.to_agent, id, OfferId{}, AssignedBy::kConsult);
    return;
  }
  const AgentIndex target = state_.IndexOf(*state_.FindAgent(command.to_agent));
  OfferTo(contact,
          {.agent = target,
           .tier = contact.demand->TierOf(state_.agent(target)).value_or(0),
           .new_round = false,
           .random = state_.random()},
          true);
}

}  // namespace usher::engine
