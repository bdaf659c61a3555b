// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <tuple>

#include "router/engine/state.h"

// When something next falls due: one timer for each contact and each agent, the earliest of all
// that it waits for, found anew whenever it changes or the timer fires.

namespace usher::engine {
namespace {

// What is overdue (a step of a new configuration) is due now: within an instant the kinds decide
// the order, not by how much something is late.
void Consider(Timer& best, Instant clock, Instant at, TimerKind kind) {
  at = std::max(at, clock);
  if (std::tie(at, kind) < std::tie(best.at, best.kind)) {
    best.at = at;
    best.kind = kind;
  }
}

}  // namespace

void State::MoveClock(Instant now) {
  clock_ = std::max(clock_, now);
  if (clock_ >= next_midnight_) BeginDay();
}

// Ready sets that go by figures of the day are told of all who are in them: once a day.
void State::BeginDay() {
  next_midnight_ = domain_.timezone.NextLocalMidnight(clock_);
  for (AgentIndex index = 0; index < agents_.size(); ++index) {
    LiveAgent& agent = agents_[index];
    if (agent.has_values && agent.posted_in > 0) MarkUnposted(index, agent);
  }
}

void State::Nudge(const Timer& timer) {
  if (timer.kind == TimerKind::kAgentNudge) {
    SettleAgent(timer.ref);
    return;
  }
  contacts_[timer.ref].hoping = false;
  Settle(timer.ref);
}

void State::Rearm(ContactSlot slot, LiveContact& contact) {
  const Timer next = NextTimerOf(slot, contact);
  if (next.at == contact.timer_at && static_cast<std::uint8_t>(next.kind) == contact.timer_kind) {
    return;
  }
  if (contact.timer_at != kNever) {
    timers_.Erase(
        {contact.timer_at, contact.id.value(), slot, static_cast<TimerKind>(contact.timer_kind)});
  }
  if (next.at != kNever) timers_.Insert(next);
  contact.timer_at = next.at;
  contact.timer_kind = static_cast<std::uint8_t>(next.kind);
}

Timer State::NextTimerOf(ContactSlot slot, const LiveContact& contact) const {
  Timer best{kNever, contact.id.value(), slot, TimerKind::kContactNudge};
  if (contact.state == ContactState::kScheduled) {
    if (contact.wishes && contact.wishes->not_before) {
      Consider(best, clock_, *contact.wishes->not_before, TimerKind::kArrival);
    }
    return best;
  }
  if (const std::optional<Instant> ends = HoldEndsOf(contact)) {
    Consider(best, clock_, *ends, TimerKind::kHoldLimit);
    return best;
  }
  // One agent is asked, until the deadline of her offer; nothing else comes of waiting.
  if (!contact.Waits() || contact.IsDirectConsult()) return best;
  const LiveQueue& queue = queues_[contact.queue];
  const Instant since_queue = contact.waiting_since - contact.waited_in_queue;
  if (contact.steps_fired < queue.steps.size()) {
    Consider(best, clock_, since_queue + queue.steps[contact.steps_fired].config->at,
             TimerKind::kStep);
  }
  if (contact.wishes && contact.wishes->wait_limit) {
    const Instant since = contact.waiting_since - contact.waited;
    Consider(best, clock_, since + *contact.wishes->wait_limit, TimerKind::kWaitLimit);
  } else if (queue.config->wait_limit) {
    Consider(best, clock_, since_queue + *queue.config->wait_limit, TimerKind::kWaitLimit);
  }
  if (queue.empty_since && queue.MayLeaveWhenEmpty() && contact.state == ContactState::kWaiting) {
    const WhenEmpty& when = queue.config->when_empty;
    Consider(best, clock_, std::max(*queue.empty_since + when.after, since_queue + when.newcomers),
             TimerKind::kEmptyQueue);
  }
  const Timer nudge = NextNudgeOf(slot, contact);
  return nudge < best ? nudge : best;
}

Timer State::NextNudgeOf(ContactSlot slot, const LiveContact& contact) const {
  Timer best{kNever, contact.id.value(), slot, TimerKind::kContactNudge};
  const auto consider = [&](Instant at) {
    if (at > clock_) Consider(best, clock_, at, TimerKind::kContactNudge);
  };
  if (contact.offers && contact.offers->offer_again_from)
    consider(*contact.offers->offer_again_from);
  if (contact.prefer != kNoIndex && !contact.prefer_declined) {
    consider(contact.waiting_since - contact.waited_in_queue + PreferForOf(contact));
  }
  const Queue& config = *queues_[contact.queue].config;
  if (config.strategy == Strategy::kProgressive && contact.offers &&
      contact.offers->offering_since && config.progressive > Duration{0}) {
    const Instant since = *contact.offers->offering_since;
    consider(since + ((clock_ - since) / config.progressive + 1) * config.progressive);
  }
  return best;
}

void State::Rearm(AgentIndex index, LiveAgent& agent) {
  const Timer next = NextTimerOf(index, agent);
  if (next.at == agent.timer_at && static_cast<std::uint8_t>(next.kind) == agent.timer_kind) return;
  if (agent.timer_at != kNever) {
    timers_.Erase({agent.timer_at, index, index, static_cast<TimerKind>(agent.timer_kind)});
  }
  if (next.at != kNever) timers_.Insert(next);
  agent.timer_at = next.at;
  agent.timer_kind = static_cast<std::uint8_t>(next.kind);
}

Timer State::NextTimerOf(AgentIndex index, const LiveAgent& agent) const {
  Timer best{kNever, index, index, TimerKind::kAgentNudge};
  if (agent.grace_ends) Consider(best, clock_, *agent.grace_ends, TimerKind::kGrace);
  // Nobody asks an agent who was removed, so the end of her delay is nothing to wait for.
  if (agent.config != nullptr && agent.asked_from && *agent.asked_from > clock_) {
    Consider(best, clock_, *agent.asked_from, TimerKind::kAgentNudge);
  }
  return best;
}

}  // namespace usher::engine
