// SPDX-License-Identifier: Apache-2.0
#include "router/engine/core.h"

#include <algorithm>
#include <variant>

namespace usher::engine {

bool IsSane(std::optional<std::int32_t> priority, std::optional<Duration> span) {
  if (priority && (*priority > kPriorityMax || *priority < -kPriorityMax)) return false;
  return !span || (*span <= kSpanMax && *span >= -kSpanMax);
}

Outcome Engine::Core::Execute(const Command& command, Instant now, std::vector<Event>& out) {
  Advance(now, out);
  out_ = &out;
  Outcome outcome = std::visit([&](const auto& body) { return Decide(body); }, command);
  // What the command made due at once (a step at 0s) happens before anybody is asked.
  FireDue(now_);
  Dispatch();
  out_ = nullptr;
  return outcome;
}

void Engine::Core::Advance(Instant now, std::vector<Event>& out) {
  out_ = &out;
  now = std::max(now, state_.clock());
  while (!state_.timers().empty() && state_.timers().front().at <= now) {
    now_ = std::max(state_.timers().front().at, state_.clock());
    FireDue(now_);
    Dispatch();
  }
  now_ = now;
  state_.MoveClock(now);
  state_.PostAll();
  out_ = nullptr;
}

DispatchCost Engine::Core::cost() const {
  DispatchCost cost = cost_;
  cost.classes_touched += state_.classes_touched();
  return cost;
}

Instant Engine::Core::NextDeadline() const {
  return state_.timers().empty() ? kNever : state_.timers().front().at;
}

// --- Checks that commands share, in the order of point 40.

Hurdle Engine::Core::FindOpen(ContactId id, const LiveContact*& contact) const {
  contact = state_.FindContact(id);
  if (contact != nullptr) return {};
  const std::string name = "contact " + std::to_string(id.value());
  if (!id || id.value() >= state_.next_contact()) {
    return {Refusal::kUnknownContact, "there is no " + name};
  }
  return {Refusal::kContactClosed, name + " is closed"};
}

bool Engine::Core::IsKnown(const LiveAgent& agent) const {
  return agent.config != nullptr || agent.HasWork();
}

Hurdle Engine::Core::FindKnown(const AgentId& id, const LiveAgent*& agent) const {
  agent = state_.FindAgent(id);
  if (agent != nullptr && IsKnown(*agent)) return {};
  agent = nullptr;
  return {Refusal::kUnknownAgent, "there is no agent \"" + id.value() + "\""};
}

Hurdle Engine::Core::CheckOwner(const LiveContact& contact, const AgentId& by) const {
  if (!by || state_.agent(contact.agent).id == by) return {};
  return {Refusal::kNotYours, "contact " + std::to_string(contact.id.value()) +
                                  " is with agent \"" + state_.agent(contact.agent).id.value() +
                                  "\""};
}

Hurdle Engine::Core::CheckRequirement(const std::string& text) const {
  if (state_.requirements().Knows(text)) return {};
  const Result<Requirement> compiled = Requirement::Compile(text, state_.domain().skills);
  if (compiled.ok()) return {};
  return {Refusal::kBadRequirement, compiled.error().message};
}

}  // namespace usher::engine
