// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "router/engine/core.h"

// What happens when a timer is due: ends of wrap-ups and graces, missed offers, steps, limits.

namespace usher::engine {

void Engine::Core::FireDue(Instant now) {
  state_.MoveClock(now);
  // Overflow cycles that take no time are refused with the configuration, so this ends; the bound
  // turns a mistake there into a report instead of a hang.
  std::uint64_t fired = 0;
  const std::uint64_t most = 1000 + 64 * (state_.contacts().size() + state_.agents().size());
  while (!state_.timers().empty() && state_.timers().front().at <= now) {
    const Timer timer = state_.timers().front();
    Fire(timer);
    USHER_CHECK(++fired <= most, "timers of one instant come to an end");
  }
}

void Engine::Core::Fire(const Timer& timer) {
  const auto contact = [&] { return state_.contacts()[timer.ref].id; };
  const auto agent = [&] { return state_.agent(timer.ref).id; };
  switch (timer.kind) {
    case TimerKind::kWrapUp:
      return FinishWrapUp(ContactId{timer.id}, agent());
    case TimerKind::kGrace:
      return GoOffline(agent(), SignOutCause::kConsoleLost);
    case TimerKind::kOffer:
      return FireOffer(timer.ref, OfferId{timer.id});
    case TimerKind::kStep:
      return FireStep(contact());
    case TimerKind::kWaitLimit:
      return Close(contact(), ContactOutcome::kTimedOut);
    case TimerKind::kHoldLimit:
      return FireHoldLimit(contact());
    case TimerKind::kArrival:
      return Enqueue(contact(), state_.contacts()[timer.ref].queue, QueuedBy::kSchedule);
    case TimerKind::kEmptyQueue:
      return Close(contact(), ContactOutcome::kRefused, {}, Refusal::kNoAgents);
    case TimerKind::kAdapter:
      return CheckAdapters();
    case TimerKind::kContactNudge:
    case TimerKind::kAgentNudge:
      return state_.Nudge(timer);
  }
}

void Engine::Core::FireOffer(ContactSlot slot, OfferId offer) {
  const LiveContact& contact = state_.contacts()[slot];
  const auto& open = contact.offers->open;
  const auto found = std::find_if(
      open.begin(), open.end(), [&](const LiveOffer& candidate) { return candidate.id == offer; });
  const LiveAgent& agent = state_.agent(found->agent);
  const AgentId agent_id = agent.id;
  if (agent.grace_ends) {
    Emit(Withdrawn{.offer = offer,
                   .contact = contact.id,
                   .agent = agent_id,
                   .cause = WithdrawCause::kConsoleLost});
    EndDirectConsult(contact.id, ContactOutcome::kRefused, Refusal::kConsoleLost);
    return;
  }
  const ContactId id = contact.id;
  const LiveQueue& queue = state_.QueueOf(contact);
  Emit(Missed{.offer = offer,
              .contact = contact.id,
              .agent = agent_id,
              .queue = queue.id,
              .offer_again_from = now_ + queue.config->retry_after,
              .breaker_open = BreakerOpensBy(queue, found->agent)});
  AfterMiss(agent_id, queue);
  EndDirectConsult(id, ContactOutcome::kTimedOut, Refusal::kOfferMissed);
}

// Whether the breaker is open once `agent` missed an offer of the queue now: it opens with the
// n-th different agent inside the window, and closes when the window is empty.
bool Engine::Core::BreakerOpensBy(const LiveQueue& queue, AgentIndex agent) const {
  const MissedOffers& config = queue.config->missed_offers;
  if (config.breaker_agents <= 0) return false;
  std::int64_t others = 0;
  bool is_empty = true;
  for (const LiveMiss& miss : queue.misses) {
    if (now_ - miss.at > config.breaker_within) continue;
    is_empty = false;
    if (miss.agent != agent) ++others;
  }
  return (queue.breaker_open && !is_empty) || others + 1 >= config.breaker_agents;
}

void Engine::Core::AfterMiss(const AgentId& agent, const LiveQueue& queue) {
  const MissedOffers& config = queue.config->missed_offers;
  const LiveAgent& missed_by = *state_.FindAgent(agent);
  if (config.limit <= 0 || config.then != AfterMisses::kNotReady || queue.breaker_open) return;
  if (missed_by.misses < config.limit || missed_by.presence != Presence::kAvailable) return;
  BecomeNotReady(agent, "missed");
}

// Like the customer's return when its agent has no room: it waits for her first.
void Engine::Core::FireHoldLimit(ContactId id) {
  QueueAgain(id, QueuedBy::kHoldLimit, state_.agent(state_.FindContact(id)->agent).id);
}

void Engine::Core::FireStep(ContactId id) {
  const LiveContact& contact = *state_.FindContact(id);
  const LiveQueue& queue = state_.QueueOf(contact);
  const LiveStep& step = queue.steps[contact.steps_fired];
  KeyParts parts = contact.Parts();
  parts.step_priority += step.config->priority;
  parts.step_head_start += step.config->head_start;
  const std::uint32_t fired = contact.steps_fired + 1u;
  Emit(StepApplied{.contact = id,
                   .fired = fired,
                   .in_force = std::max<std::uint32_t>(contact.steps_in_force, fired),
                   .key = KeyOf(parts, contact.arrived, contact.key.sequence),
                   .parts = parts});
  if (step.config->callback && !contact.Consults())
    Emit(CallbackSuggested{.contact = id, .queue = queue.id});
  if (step.config->give_up) {
    Close(id, ContactOutcome::kTimedOut);
  } else if (step.overflow != kNoIndex) {
    Emit(Overflowed{.contact = id, .from = queue.id, .queue = state_.queue(step.overflow).id});
  }
}

}  // namespace usher::engine
