// SPDX-License-Identifier: Apache-2.0
#include "router/engine/capacity.h"
#include "router/engine/core.h"

// An agent asks a colleague about a contact of hers, and stays its agent. The consult is a contact
// of its own, so every law holds for it; it ends with the contact that it is about.

namespace usher::engine {

Outcome Engine::Core::Decide(const Consult& command) {
  const LiveContact* about = nullptr;
  const LiveAgent* agent = nullptr;
  Hurdle no_contact = FindOpen(command.contact, about);
  if (no_contact.refusal == Refusal::kUnknownContact) return Refuse(std::move(no_contact));
  if (Hurdle hurdle = FindKnown(command.by, agent)) return Refuse(std::move(hurdle));
  if (command.to_agent) {
    if (Hurdle hurdle = FindKnown(command.to_agent, agent)) return Refuse(std::move(hurdle));
  } else if (state_.FindQueue(command.to_queue) == nullptr) {
    return Refuse(
        {Refusal::kUnknownQueue, "there is no queue \"" + command.to_queue.value() + "\""});
  }
  if (no_contact) return Refuse(std::move(no_contact));
  if (Hurdle hurdle = CheckConsult(command, *about)) return Refuse(std::move(hurdle));

  Submitted submitted = ConsultOf(command, *about);
  const ContactId id = submitted.contact;
  const QueueId queue = submitted.queue;
  Emit(std::move(submitted));
  const LiveContact& consult = *state_.FindContact(id);
  // Like a transfer it is placed by the first arrival of what it is about.
  const KeyParts parts = PartsIn(state_.QueueOf(consult), consult.Parts(), about->arrived);
  Emit(Queued{.contact = id,
              .queue = queue,
              .by = QueuedBy::kConsult,
              .key = KeyOf(parts, about->arrived, state_.next_sequence()),
              .parts = parts,
              .arrived = about->arrived,
              .waited_in_queue = Duration{0},
              .prefer = {}});
  if (command.to_agent) {
    const AgentIndex target = state_.IndexOf(*state_.FindAgent(command.to_agent));
    OfferTo(consult,
            {.agent = target,
             .tier = consult.demand->TierOf(state_.agent(target)).value_or(0),
             .new_round = false,
             .random = state_.random()},
            true);
  }
  return {.contact = id};
}

Hurdle Engine::Core::CheckConsult(const Consult& command, const LiveContact& about) const {
  const std::string name = "contact " + std::to_string(about.id.value());
  if (about.state != ContactState::kAssigned && about.state != ContactState::kHeld) {
    return {Refusal::kWrongState, name + " is " + std::string(ToString(about.state))};
  }
  if (about.Consults()) {
    return {Refusal::kWrongState, name + " is a consult itself; ask for the contact it is about"};
  }
  if (about.OpenConsult()) {
    return {Refusal::kWrongState, name + " has the consult " +
                                      std::to_string(about.OpenConsult().value()) +
                                      "; end that first"};
  }
  if (Hurdle hurdle = CheckOwner(about, command.by)) return hurdle;
  if (command.to_agent == command.by) {
    return {Refusal::kWrongState, "agent \"" + command.by.value() + "\" would ask herself"};
  }
  if (Hurdle hurdle = command.to_agent ? CheckAgentTakes(command.to_agent, about)
                                       : CheckQueueTakes(command.to_queue, about.channel)) {
    return hurdle;
  }
  if (state_.contacts().size() >= kOpenContactsMax) {
    return {Refusal::kQueueFull, "the domain holds as many open contacts as it may"};
  }
  return {};
}

Submitted Engine::Core::ConsultOf(const Consult& command, const LiveContact& about) const {
  const KeyParts parts = about.Parts();
  Submitted consult{.contact = ContactId{state_.next_contact()},
                    .channel = about.channel,
                    .queue = command.to_agent ? state_.QueueOf(about).id : command.to_queue,
                    .priority = parts.own_priority,
                    .head_start = parts.own_head_start,
                    .due = parts.own_due};
  if (about.payload) {
    consult.customer = about.payload->customer;
    consult.adapter = about.payload->adapter;
    consult.attributes = about.payload->attributes;
    consult.subject = about.payload->subject;
  }
  consult.consults = about.id;
  consult.consulter = command.by;
  consult.is_direct_consult = static_cast<bool>(command.to_agent);
  return consult;
}

// Whether this agent talks with the one who has the contact, about it, right now.
bool Engine::Core::IsConsultOf(const LiveContact& about, const LiveAgent& agent) const {
  const LiveContact* consult = state_.FindContact(about.OpenConsult());
  return consult != nullptr && consult->state == ContactState::kAssigned &&
         consult->agent == state_.IndexOf(agent);
}

// The room that the consult about a contact holds is free for the contact itself.
bool Engine::Core::HasRoomFor(const LiveAgent& agent, const LiveContact& contact) const {
  if (HasRoom(agent, contact.channel)) return true;
  const LiveContact* consult = state_.FindContact(contact.OpenConsult());
  return consult != nullptr &&
         (IsConsultOf(contact, agent) || consult->FindOpenOffer(state_.IndexOf(agent)) != nullptr);
}

void Engine::Core::EndConsult(ContactId about, ContactOutcome outcome) {
  const ContactId consult = state_.FindContact(about)->OpenConsult();
  if (consult) Close(consult, outcome);
}

void Engine::Core::EndDirectConsult(ContactId consult, ContactOutcome outcome, Refusal refusal) {
  const LiveContact* contact = state_.FindContact(consult);
  if (contact->IsDirectConsult()) Close(consult, outcome, {}, refusal);
}

}  // namespace usher::engine
