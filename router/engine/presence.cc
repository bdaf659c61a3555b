// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "router/engine/core.h"

// Commands about agents: signing in and out, presence, the console's connection.

namespace usher::engine {
namespace {

Hurdle OfflineHurdle(const LiveAgent& agent) {
  return {Refusal::kOffline, "agent \"" + agent.id.value() + "\" is not signed in"};
}

}  // namespace

Outcome Engine::Core::Decide(const SignIn& command) {
  const LiveAgent* agent = nullptr;
  if (Hurdle hurdle = FindKnown(command.agent, agent)) return Refuse(std::move(hurdle));
  if (agent->config == nullptr) {
    return Refuse({Refusal::kUnknownAgent,
                   "agent \"" + command.agent.value() + "\" is no longer configured"});
  }
  if (agent->IsSignedIn()) return {.repeated = true};
  Emit(SignedIn{.agent = command.agent});
  return {};
}

Outcome Engine::Core::Decide(const SignOut& command) {
  const LiveAgent* agent = nullptr;
  if (Hurdle hurdle = FindKnown(command.agent, agent)) return Refuse(std::move(hurdle));
  if (!agent->IsSignedIn()) return Refuse(OfflineHurdle(*agent));
  if (command.by.size() > kTextBytesMax) {
    return Refuse({Refusal::kTooLarge, "the supervisor's name is longer than 4096 bytes"});
  }
  GoOffline(command.agent, SignOutCause::kSignedOut, command.by);
  return {};
}

Outcome Engine::Core::Decide(const SetPresence& command) {
  const LiveAgent* agent = nullptr;
  if (Hurdle hurdle = FindKnown(command.agent, agent)) return Refuse(std::move(hurdle));
  if (command.presence == Presence::kOffline) return Decide(SignOut{command.agent, command.by});
  const bool is_ready = command.presence == Presence::kAvailable;
  const auto& reasons = state_.domain().not_ready;
  if (!command.reason.empty() &&
      (is_ready || std::find(reasons.begin(), reasons.end(), command.reason) == reasons.end())) {
    return Refuse({Refusal::kUnknownReason, "there is no reason \"" + command.reason + "\""});
  }
  if (!agent->IsSignedIn()) return Refuse(OfflineHurdle(*agent));
  if (command.by.size() > kTextBytesMax) {
    return Refuse({Refusal::kTooLarge, "the supervisor's name is longer than 4096 bytes"});
  }
  if (agent->presence == command.presence && agent->reason == command.reason) {
    return {.repeated = true};
  }
  if (is_ready) {
    Emit(PresenceChanged{
        .agent = command.agent, .presence = Presence::kAvailable, .reason = {}, .by = command.by});
  } else {
    BecomeNotReady(command.agent, command.reason, command.by);
  }
  return {};
}

Outcome Engine::Core::Decide(const SetConnection& command) {
  const LiveAgent* agent = nullptr;
  if (Hurdle hurdle = FindKnown(command.agent, agent)) return Refuse(std::move(hurdle));
  if (!agent->IsSignedIn()) return Refuse(OfflineHurdle(*agent));
  const bool is_lost = command.connection == Connection::kLost;
  if (agent->grace_ends.has_value() == is_lost) return {.repeated = true};
  std::optional<Instant> grace_ends;
  if (is_lost) grace_ends = now_ + state_.domain().disconnect_grace;
  Emit(ConnectionChanged{.agent = command.agent, .grace_ends = grace_ends});
  return {};
}

void Engine::Core::BecomeNotReady(const AgentId& agent, std::string reason, std::string by) {
  Emit(PresenceChanged{.agent = agent,
                       .presence = Presence::kNotReady,
                       .reason = std::move(reason),
                       .by = std::move(by)});
  WithdrawOffersOf(agent, WithdrawCause::kAgentNotReady);
}

void Engine::Core::WithdrawOffersOf(const AgentId& agent, WithdrawCause cause) {
  const std::vector<AgentOffer> offers = state_.FindAgent(agent)->offers;
  for (const AgentOffer& offer : offers) {
    const ContactId contact = state_.contacts()[offer.contact].id;
    Emit(Withdrawn{.offer = offer.id, .contact = contact, .agent = agent, .cause = cause});
    EndDirectConsult(
        contact, ContactOutcome::kRefused,
        state_.FindAgent(agent)->IsSignedIn() ? Refusal::kNotReady : Refusal::kOffline);
  }
}

// Point 21: offers go back; conversations in writing wait again, in the order of their keys;
// calls, what is on hold, and wrap-ups stay.
void Engine::Core::GoOffline(AgentId agent, SignOutCause cause, std::string by) {
  Emit(SignedOut{.agent = agent, .cause = cause, .by = std::move(by)});
  WithdrawOffersOf(agent, WithdrawCause::kAgentNotReady);
  std::vector<const LiveContact*> left;
  for (const ContactId id : state_.FindAgent(agent)->assigned) {
    const LiveContact* contact = state_.FindContact(id);
    if (!IsCall(contact->channel)) left.push_back(contact);
  }
  std::sort(left.begin(), left.end(),
            [](const LiveContact* a, const LiveContact* b) { return a->key < b->key; });
  for (const LiveContact* contact : left) {
    const AgentId prefer =
        contact->prefer == kNoIndex ? AgentId{} : state_.agent(contact->prefer).id;
    QueueAgain(contact->id, QueuedBy::kAgentLost, prefer);
  }
}

}  // namespace usher::engine
