// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/tally.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/check.h"
#include "router/engine/open_time.h"

namespace usher::simulation {
namespace {

using engine::ContactOutcome;

}  // namespace

void ContactTally::Add(const ContactTally& other) {
  for (const auto count : {&ContactTally::offered,
                           &ContactTally::answered,
                           &ContactTally::abandoned,
                           &ContactTally::refused,
                           &ContactTally::timed_out,
                           &ContactTally::cancelled,
                           &ContactTally::lost,
                           &ContactTally::waiting,
                           &ContactTally::answered_in_time,
                           &ContactTally::abandoned_in_time,
                           &ContactTally::delayed,
                           &ContactTally::unfinished,
                           &ContactTally::left_later,
                           &ContactTally::answered_wait_ms,
                           &ContactTally::abandoned_wait_ms,
                           &ContactTally::other_wait_ms,
                           &ContactTally::conversations,
                           &ContactTally::talk_ms,
                           &ContactTally::hold_ms,
                           &ContactTally::wrap_up_ms,
                           &ContactTally::transfers,
                           &ContactTally::overflows,
                           &ContactTally::offers,
                           &ContactTally::rejected,
                           &ContactTally::missed,
                           &ContactTally::withdrawn}) {
    this->*count += other.*count;
  }
  waits_ms.insert(waits_ms.end(), other.waits_ms.begin(), other.waits_ms.end());
}

void AgentTally::Add(const AgentTally& other) {
  for (const auto count : {&AgentTally::offers, &AgentTally::accepted, &AgentTally::rejected,
                           &AgentTally::missed, &AgentTally::withdrawn, &AgentTally::completed,
                           &AgentTally::passed_on, &AgentTally::signed_in_ms,
                           &AgentTally::not_ready_ms, &AgentTally::busy_ms, &AgentTally::idle_ms,
                           &AgentTally::talk_ms, &AgentTally::hold_ms, &AgentTally::wrap_up_ms}) {
    this->*count += other.*count;
  }
}

Tally::Tally(const engine::Domain& domain, Window window)
    : domain_(domain),
      window_(window),
      queues_(domain.queues.size()),
      agents_(domain.agents.size()),
      present_(domain.agents.size()) {
  for (std::size_t i = 0; i < domain.queues.size(); ++i) queue_index_[domain.queues[i].id] = i;
  for (std::size_t i = 0; i < domain.agents.size(); ++i) agent_index_[domain.agents[i].id] = i;
}

void Tally::Note(const engine::Event& event) {
  ++events_;
  std::visit([&](const auto& body) { On(body, event.at); }, event.body);
}

// --- Agents.

// Counts what the agent did up to now.
Tally::AgentNow& Tally::Settle(std::size_t agent, Instant now) {
  AgentNow& present = present_[agent];
  AgentTally& tally = agents_[agent];
  const std::int64_t span = window_.Clip(present.since, now).count();
  if (present.signed_in) tally.signed_in_ms += span;
  if (present.signed_in && !present.available) tally.not_ready_ms += span;
  if (present.busy > 0) tally.busy_ms += span;
  if (present.signed_in && present.available && present.connected && present.busy == 0) {
    tally.idle_ms += span;
  }
  present.since = now;
  return present;
}

void Tally::On(const engine::SignedIn& event, Instant now) {
  AgentNow& present = Settle(IndexOf(event.agent), now);
  present.signed_in = true;
  present.available = true;
  present.connected = true;
}

void Tally::On(const engine::SignedOut& event, Instant now) {
  AgentNow& present = Settle(IndexOf(event.agent), now);
  present.signed_in = false;
  present.available = false;
}

void Tally::On(const engine::PresenceChanged& event, Instant now) {
  Settle(IndexOf(event.agent), now).available = event.presence == engine::Presence::kAvailable;
}

void Tally::On(const engine::ConnectionChanged& event, Instant now) {
  Settle(IndexOf(event.agent), now).connected = !event.grace_ends.has_value();
}

// --- Waiting.

void Tally::On(const engine::Submitted& event, Instant now) {
  Open& contact = open_.Open(event.contact);
  contact.first_queue = static_cast<std::uint32_t>(IndexOf(event.queue));
  contact.queue = contact.first_queue;
  contact.cell = &cells_[{contact.queue, event.channel}];
  contact.counted = window_.Has(now);
  contact.since = now;
  if (contact.counted) ++contact.cell->offered;
}

void Tally::EnterWaiting(Open& contact, std::size_t queue, Instant now) {
  contact.queue = static_cast<std::uint32_t>(queue);
  contact.stage = Stage::kWaiting;
  contact.since = now;
  queues_[queue].waiting.Change(+1, now, window_);
  waiting_.Change(+1, now, window_);
}

void Tally::LeaveWaiting(Open& contact, Instant now) {
  contact.waited_ms += (now - contact.since).count();
  contact.since = now;
  queues_[contact.queue].waiting.Change(-1, now, window_);
  waiting_.Change(-1, now, window_);
}

void Tally::On(const engine::Queued& event, Instant now) {
  Open& contact = open_.Get(event.contact);
  if (contact.stage == Stage::kWaiting) LeaveWaiting(contact, now);
  LeaveAgent(contact, now);
  EnterWaiting(contact, IndexOf(event.queue), now);
}

void Tally::On(const engine::Overflowed& event, Instant now) {
  Open& contact = open_.Get(event.contact);
  if (contact.counted) ++contact.cell->overflows;
  LeaveWaiting(contact, now);
  EnterWaiting(contact, IndexOf(event.queue), now);
}

// --- Offers.

void Tally::On(const engine::Offered& event, Instant now) {
  const Open& contact = open_.Get(event.contact);
  if (contact.counted) ++contact.cell->offers;
  if (window_.Has(now)) ++agents_[IndexOf(event.agent)].offers;
}

void Tally::On(const engine::Rejected& event, Instant now) {
  const Open& contact = open_.Get(event.contact);
  if (contact.counted) ++contact.cell->rejected;
  if (window_.Has(now)) ++agents_[IndexOf(event.agent)].rejected;
}

void Tally::On(const engine::Missed& event, Instant now) {
  const Open& contact = open_.Get(event.contact);
  if (contact.counted) ++contact.cell->missed;
  if (window_.Has(now)) ++agents_[IndexOf(event.agent)].missed;
}

void Tally::On(const engine::Withdrawn& event, Instant now) {
  const Open& contact = open_.Get(event.contact);
  if (contact.counted) ++contact.cell->withdrawn;
  if (window_.Has(now)) ++agents_[IndexOf(event.agent)].withdrawn;
}

// --- With an agent.

void Tally::On(const engine::Assigned& event, Instant now) {
  Open& contact = open_.Get(event.contact);
  if (contact.stage == Stage::kWaiting) LeaveWaiting(contact, now);
  contact.agent = static_cast<std::uint32_t>(IndexOf(event.agent));
  contact.stage = Stage::kTalking;
  contact.since = now;
  ++Settle(contact.agent, now).busy;
  if (window_.Has(now)) {
    QueueTally& queue = queues_[IndexOf(event.queue)];
    ++queue.accepted;
    if (event.in_time) ++queue.accepted_in_time;
    ++agents_[contact.agent].accepted;
  }
  if (contact.answered) return;
  contact.answered = true;
  if (!contact.counted) return;
  ContactTally& cell = *contact.cell;
  ++cell.answered;
  cell.answered_wait_ms += event.waited.count();
  if (event.waited > Duration{0}) {
    ++cell.delayed;
    cell.waits_ms.push_back(event.waited.count());
  }
  if (IsInTime(contact, event.waited, now)) ++cell.answered_in_time;
}

// By the service level of the queue that it came to. In opening hours that is counted from its
// arrival on; it has not left the queues yet.
bool Tally::IsInTime(const Open& contact, Duration waited, Instant now) const {
  const engine::ServiceLevel& level = domain_.queues[contact.first_queue].service_level;
  const engine::Hours* hours = domain_.FindHours(level.hours);
  if (hours == nullptr) return waited <= level.within;
  return now <= engine::PromiseOf(domain_.timezone, level, hours, now - waited);
}

// Ends the stretch of talking or holding that goes on, if one does.
void Tally::LeaveAgent(Open& contact, Instant now) {
  const std::int64_t inside = window_.Clip(contact.since, now).count();
  const std::int64_t whole = (now - contact.since).count();
  if (contact.stage == Stage::kTalking) {
    contact.talk_ms += whole;
    agents_[contact.agent].talk_ms += inside;
    --Settle(contact.agent, now).busy;
  } else if (contact.stage == Stage::kHeld) {
    contact.hold_ms += whole;
    agents_[contact.agent].hold_ms += inside;
  } else {
    return;
  }
  contact.since = now;
  contact.stage = Stage::kNew;
}

void Tally::On(const engine::HeldByAgent& event, Instant now) {
  Open& contact = open_.Get(event.contact);
  LeaveAgent(contact, now);
  contact.stage = Stage::kHeld;
}

void Tally::On(const engine::Resumed& event, Instant now) {
  Open& contact = open_.Get(event.contact);
  LeaveAgent(contact, now);
  contact.stage = Stage::kTalking;
  ++Settle(contact.agent, now).busy;
}

void Tally::CountConversation(Open& contact) {
  if (contact.counted) {
    ++contact.cell->conversations;
    contact.cell->talk_ms += contact.talk_ms;
    contact.cell->hold_ms += contact.hold_ms;
  }
  contact.talk_ms = 0;
  contact.hold_ms = 0;
}

void Tally::On(const engine::ConversationEnded& event, Instant now) {
  Open& contact = open_.Get(event.contact);
  LeaveAgent(contact, now);
  CountConversation(contact);
  if (window_.Has(now)) ++agents_[contact.agent].completed;
}

void Tally::On(const engine::Transferred& event, Instant now) {
  Open& contact = open_.Get(event.contact);
  if (contact.counted) ++contact.cell->transfers;
  if (contact.stage == Stage::kWaiting) LeaveWaiting(contact, now);
  LeaveAgent(contact, now);
  contact.stage = Stage::kNew;
  if (event.from) {
    CountConversation(contact);
    if (window_.Has(now)) {
      ++agents_[contact.agent].completed;
      ++agents_[contact.agent].passed_on;
    }
  }
  // For an agent it stays in its queue, without a word of its own.
  if (event.kind == engine::TransferKind::kToAgent) EnterWaiting(contact, contact.queue, now);
}

void Tally::On(const engine::WrapUpStarted& event, Instant now) {
  Open& contact = open_.Get(event.contact);
  const std::size_t agent = IndexOf(event.agent);
  if (event.closes) contact.stage = Stage::kWrapping;
  // She may still wrap up an earlier part of the same contact; that goes on.
  const bool is_new =
      wrap_ups_.try_emplace({agent, event.contact}, now, contact.counted ? contact.cell : nullptr)
          .second;
  if (is_new) ++Settle(agent, now).busy;
}

void Tally::On(const engine::WrapUpEnded& event, Instant now) {
  const std::size_t agent = IndexOf(event.agent);
  const auto found = wrap_ups_.find({agent, event.contact});
  USHER_CHECK(found != wrap_ups_.end(), "a wrap-up that ends without a start");
  const WrapUpNow& wrap_up = found->second;
  agents_[agent].wrap_up_ms += window_.Clip(wrap_up.since, now).count();
  if (wrap_up.cell != nullptr) wrap_up.cell->wrap_up_ms += (now - wrap_up.since).count();
  wrap_ups_.erase(found);
  --Settle(agent, now).busy;
}

// --- The end.

void Tally::CountEnd(const Open& contact, ContactOutcome outcome, Duration waited, Instant now) {
  ContactTally& cell = *contact.cell;
  if (contact.answered) {
    if (outcome != ContactOutcome::kCompleted) ++cell.left_later;
    return;
  }
  if (waited > Duration{0}) ++cell.delayed;
  if (outcome == ContactOutcome::kAbandoned) {
    ++cell.abandoned;
    cell.abandoned_wait_ms += waited.count();
    if (IsInTime(contact, waited, now)) ++cell.abandoned_in_time;
    return;
  }
  cell.other_wait_ms += waited.count();
  switch (outcome) {
    case ContactOutcome::kRefused:
      ++cell.refused;
      break;
    case ContactOutcome::kTimedOut:
      ++cell.timed_out;
      break;
    case ContactOutcome::kLost:
      ++cell.lost;
      break;
    case ContactOutcome::kCancelled:
    case ContactOutcome::kCompleted:
    case ContactOutcome::kAbandoned:
      ++cell.cancelled;
      break;
  }
}

void Tally::On(const engine::Closed& event, Instant now) {
  Open& contact = open_.Get(event.contact);
  if (contact.stage == Stage::kWaiting) LeaveWaiting(contact, now);
  LeaveAgent(contact, now);
  if (contact.counted) CountEnd(contact, event.outcome, event.waited, now);
  open_.Close(event.contact);
}

void Tally::Finish() {
  const Instant end = window_.end;
  for (std::size_t agent = 0; agent < agents_.size(); ++agent) Settle(agent, end);
  open_.ForEachOpen([&](Open& contact) {
    if (contact.stage == Stage::kTalking) {
      agents_[contact.agent].talk_ms += window_.Clip(contact.since, end).count();
    } else if (contact.stage == Stage::kHeld) {
      agents_[contact.agent].hold_ms += window_.Clip(contact.since, end).count();
    }
    if (!contact.counted) return;
    if (contact.answered) {
      ++contact.cell->unfinished;
      return;
    }
    const bool waits = contact.stage == Stage::kWaiting;
    const std::int64_t waited = contact.waited_ms + (waits ? (end - contact.since).count() : 0);
    ++contact.cell->waiting;
    if (waited > 0) ++contact.cell->delayed;
    contact.cell->other_wait_ms += waited;
  });
  for (const auto& [key, wrap_up] : wrap_ups_) {
    agents_[key.first].wrap_up_ms += window_.Clip(wrap_up.since, end).count();
  }
  for (QueueTally& queue : queues_) queue.waiting.Change(0, end, window_);
  waiting_.Change(0, end, window_);
  for (const auto& [key, cell] : cells_) {
    USHER_CHECK(cell.offered == cell.answered + cell.abandoned + cell.refused + cell.timed_out +
                                    cell.cancelled + cell.lost + cell.waiting,
                "a contact that came is not accounted for");
  }
}

}  // namespace usher::simulation
