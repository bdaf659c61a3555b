// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "router/engine/capacity.h"
#include "router/engine/core.h"

// A contact with its agent: completed, wrapped up, put on hold; or ended by the other side.

namespace usher::engine {
namespace {

Hurdle WrongState(const LiveContact& contact) {
  return {Refusal::kWrongState, "contact " + std::to_string(contact.id.value()) + " is " +
                                    std::string(ToString(contact.state))};
}

ContactOutcome OutcomeOfConversation(const LiveContact& contact) {
  return contact.is_lost ? ContactOutcome::kLost : ContactOutcome::kCompleted;
}

Hurdle NoWrapUp(ContactId contact) {
  return {Refusal::kWrongState,
          "contact " + std::to_string(contact.value()) + " is not being wrapped up"};
}

}  // namespace

Outcome Engine::Core::Decide(const Complete& command) {
  const LiveContact* contact = nullptr;
  const LiveAgent* agent = nullptr;
  Hurdle no_contact = FindOpen(command.contact, contact);
  if (no_contact.refusal == Refusal::kUnknownContact) return Refuse(std::move(no_contact));
  if (command.agent) {
    if (Hurdle hurdle = FindKnown(command.agent, agent)) return Refuse(std::move(hurdle));
  }
  const auto& dispositions = state_.domain().dispositions;
  if (!command.disposition.empty() && std::find(dispositions.begin(), dispositions.end(),
                                                command.disposition) == dispositions.end()) {
    return Refuse(
        {Refusal::kUnknownReason, "there is no disposition \"" + command.disposition + "\""},
        command.contact);
  }
  if (no_contact) return Refuse(std::move(no_contact), command.contact);
  // Who asked for a consult may end it too, or call it off while nobody has it.
  const bool asked_for_it =
      agent != nullptr && contact->Consults() && contact->Barred() == state_.IndexOf(*agent);
  if (asked_for_it && contact->Waits()) {
    Close(command.contact, ContactOutcome::kCancelled);
    return {.contact = command.contact};
  }
  if (contact->state != ContactState::kAssigned) {
    return Refuse(WrongState(*contact), command.contact);
  }
  if (!asked_for_it) {
    if (Hurdle hurdle = CheckOwner(*contact, command.agent)) {
      return Refuse(std::move(hurdle), command.contact);
    }
  }
  if (command.note.size() > kTextBytesMax) {
    return Refuse({Refusal::kTooLarge, "the note is longer than 4096 bytes"}, command.contact);
  }
  const AgentId owner = state_.agent(contact->agent).id;
  EndConsult(command.contact);
  Emit(ConversationEnded{.contact = command.contact,
                         .agent = owner,
                         .disposition = command.disposition,
                         .note = command.note});
  StartWrapUpOrClose(command.contact, owner);
  return {.contact = command.contact};
}

Duration Engine::Core::WrapUpOf(const LiveContact& contact, const LiveAgent& agent) const {
  if (agent.config != nullptr && agent.config->wrap_up) return *agent.config->wrap_up;
  const Queue& queue = *state_.QueueOf(contact).config;
  const auto of_channel = queue.wrap_up_of.find(contact.channel);
  return of_channel != queue.wrap_up_of.end() ? of_channel->second : queue.wrap_up;
}

void Engine::Core::StartWrapUpOrClose(ContactId id, const AgentId& agent) {
  const LiveContact& contact = *state_.FindContact(id);
  const Duration length = WrapUpOf(contact, *state_.FindAgent(agent));
  if (length > Duration{0}) {
    Emit(WrapUpStarted{.contact = id,
                       .agent = agent,
                       .channel = contact.channel,
                       .ends = now_ + length,
                       .closes = true});
    return;
  }
  // She may still be wrapping up an earlier part of the same contact; that ends with it.
  if (state_.FindAgent(agent)->FindWrapUp(id) != nullptr) {
    Emit(WrapUpEnded{.contact = id, .agent = agent});
  }
  Close(id, OutcomeOfConversation(contact));
}

Outcome Engine::Core::Decide(const EndWrapUp& command) {
  const LiveContact* contact = nullptr;
  const LiveAgent* agent = nullptr;
  Hurdle no_contact = FindOpen(command.contact, contact);
  if (no_contact.refusal == Refusal::kUnknownContact) return Refuse(std::move(no_contact));
  if (Hurdle hurdle = FindKnown(command.agent, agent)) return Refuse(std::move(hurdle));
  if (agent->FindWrapUp(command.contact) == nullptr) {
    if (no_contact) return Refuse(std::move(no_contact), command.contact);
    if (contact->state != ContactState::kWrapping) {
      return Refuse(NoWrapUp(command.contact), command.contact);
    }
    return Refuse(CheckOwner(*contact, command.agent), command.contact);
  }
  FinishWrapUp(command.contact, command.agent);
  return {.contact = command.contact};
}

void Engine::Core::FinishWrapUp(ContactId contact, const AgentId& agent) {
  const bool closes = state_.FindAgent(agent)->FindWrapUp(contact)->closes;
  Emit(WrapUpEnded{.contact = contact, .agent = agent});
  if (closes) Close(contact, OutcomeOfConversation(*state_.FindContact(contact)));
}

Outcome Engine::Core::Decide(const ExtendWrapUp& command) {
  const LiveContact* contact = nullptr;
  const LiveAgent* agent = nullptr;
  Hurdle no_contact = FindOpen(command.contact, contact);
  if (no_contact.refusal == Refusal::kUnknownContact) return Refuse(std::move(no_contact));
  if (command.agent) {
    if (Hurdle hurdle = FindKnown(command.agent, agent)) return Refuse(std::move(hurdle));
  } else if (contact != nullptr && contact->state == ContactState::kWrapping) {
    agent = &state_.agent(contact->agent);
  }
  const WrapUp* wrap_up = agent == nullptr ? nullptr : agent->FindWrapUp(command.contact);
  if (wrap_up == nullptr) {
    if (no_contact) return Refuse(std::move(no_contact), command.contact);
    if (contact->state != ContactState::kWrapping) {
      return Refuse(NoWrapUp(command.contact), command.contact);
    }
    return Refuse(CheckOwner(*contact, command.agent), command.contact);
  }
  if (command.by < Duration{0} || command.by > kSpanMax) {
    return Refuse({Refusal::kTooLarge, "a wrap-up is extended by up to ten years"},
                  command.contact);
  }
  Emit(WrapUpExtended{
      .contact = command.contact, .agent = agent->id, .ends = wrap_up->ends + command.by});
  return {.contact = command.contact};
}

Outcome Engine::Core::Decide(const Hold& command) {
  const LiveContact* contact = nullptr;
  const LiveAgent* agent = nullptr;
  Hurdle no_contact = FindOpen(command.contact, contact);
  if (no_contact.refusal == Refusal::kUnknownContact) return Refuse(std::move(no_contact));
  if (command.agent) {
    if (Hurdle hurdle = FindKnown(command.agent, agent)) return Refuse(std::move(hurdle));
  }
  if (no_contact) return Refuse(std::move(no_contact), command.contact);
  if (contact->state != ContactState::kAssigned) {
    return Refuse(WrongState(*contact), command.contact);
  }
  if (Hurdle hurdle = CheckOwner(*contact, command.agent)) {
    return Refuse(std::move(hurdle), command.contact);
  }
  Emit(HeldByAgent{.contact = command.contact, .agent = state_.agent(contact->agent).id});
  return {.contact = command.contact};
}

Outcome Engine::Core::Decide(const Resume& command) {
  const LiveContact* contact = nullptr;
  const LiveAgent* agent = nullptr;
  Hurdle no_contact = FindOpen(command.contact, contact);
  if (no_contact.refusal == Refusal::kUnknownContact) return Refuse(std::move(no_contact));
  if (command.agent) {
    if (Hurdle hurdle = FindKnown(command.agent, agent)) return Refuse(std::move(hurdle));
  }
  if (no_contact) return Refuse(std::move(no_contact), command.contact);
  if (contact->state != ContactState::kHeld) return Refuse(WrongState(*contact), command.contact);
  if (Hurdle hurdle = CheckOwner(*contact, command.agent)) {
    return Refuse(std::move(hurdle), command.contact);
  }
  const LiveAgent& owner = state_.agent(contact->agent);
  const bool can_take = owner.IsSignedIn() && HasRoom(owner, contact->channel);
  if (!can_take && command.agent) {
    if (!owner.IsSignedIn()) {
      return Refuse({Refusal::kOffline, "agent \"" + owner.id.value() + "\" is not signed in"},
                    command.contact);
    }
    return Refuse({Refusal::kNoRoom, "agent \"" + owner.id.value() + "\" has no room"},
                  command.contact);
  }
  if (can_take) {
    Emit(Resumed{.contact = command.contact, .agent = owner.id});
  } else {
    QueueAgain(command.contact, QueuedBy::kReturn, owner.id);
  }
  return {.contact = command.contact};
}

Outcome Engine::Core::Decide(const Abandon& command) {
  const LiveContact* contact = nullptr;
  if (Hurdle hurdle = FindOpen(command.contact, contact)) {
    return Refuse(std::move(hurdle), command.contact);
  }
  const ContactState state = contact->state;
  if (!contact->Waits() && state != ContactState::kScheduled && state != ContactState::kHeld) {
    return Refuse(WrongState(*contact), command.contact);
  }
  if (command.channel && *command.channel != contact->channel) {
    return Refuse(
        {Refusal::kWrongChannel, "contact " + std::to_string(contact->id.value()) + " is " +
                                     std::string(ToString(contact->channel)) + " now"},
        command.contact);
  }
  Close(command.contact, ContactOutcome::kAbandoned);
  return {.contact = command.contact};
}

Outcome Engine::Core::Decide(const Cancel& command) {
  return Decide(Withdraw{.contact = command.contact, .note = {}});
}

Outcome Engine::Core::Decide(const Withdraw& command) {
  const LiveContact* contact = nullptr;
  if (Hurdle hurdle = FindOpen(command.contact, contact)) {
    return Refuse(std::move(hurdle), command.contact);
  }
  if (!contact->Waits() && contact->state != ContactState::kScheduled) {
    return Refuse(WrongState(*contact), command.contact);
  }
  if (command.note.size() > kTextBytesMax) {
    return Refuse({Refusal::kTooLarge, "the note is longer than 4096 bytes"}, command.contact);
  }
  Close(command.contact, ContactOutcome::kCancelled, command.note);
  return {.contact = command.contact};
}

Outcome Engine::Core::Decide(const Lose& command) {
  const LiveContact* contact = nullptr;
  if (Hurdle hurdle = FindOpen(command.contact, contact)) {
    return Refuse(std::move(hurdle), command.contact);
  }
  // Wrapping up is the agent's; it does not need the adapter.
  if (contact->state == ContactState::kWrapping) {
    return Refuse(WrongState(*contact), command.contact);
  }
  LoseContact(command.contact);
  return {.contact = command.contact};
}

void Engine::Core::LoseContact(ContactId id) {
  const LiveContact& contact = *state_.FindContact(id);
  if (contact.state != ContactState::kAssigned) return Close(id, ContactOutcome::kLost);
  const AgentId agent = state_.agent(contact.agent).id;
  EndConsult(id);
  Emit(ConversationEnded{
      .contact = id, .agent = agent, .disposition = {}, .note = {}, .is_lost = true});
  StartWrapUpOrClose(id, agent);
}

}  // namespace usher::engine
