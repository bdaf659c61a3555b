// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "router/engine/domain.h"
#include "router/engine/event.h"
#include "router/simulation/contact_window.h"
#include "router/simulation/level.h"

namespace usher::simulation {

// What is counted of the contacts that came within the window, to one queue by one channel. The
// queue is the one that they first came to, after the rules; wherever they go, they count there.
struct ContactTally {
  std::int64_t offered = 0;  // the field's word for: came. The sum of the next seven
  std::int64_t answered = 0;
  std::int64_t abandoned = 0;  // of those never answered, as the next four
  std::int64_t refused = 0;
  std::int64_t timed_out = 0;
  std::int64_t cancelled = 0;
  std::int64_t lost = 0;
  std::int64_t waiting = 0;  // still, at the end
  std::int64_t answered_in_time = 0;
  std::int64_t abandoned_in_time = 0;
  std::int64_t delayed = 0;     // waited at all, those who still wait too
  std::int64_t unfinished = 0;  // of the answered, still with an agent or waiting again at the end
  std::int64_t left_later = 0;  // of the answered, those who ended otherwise than completed
  std::vector<std::int64_t> waits_ms{};  // of the answered, until the first answer, above 0
  std::int64_t answered_wait_ms = 0;
  std::int64_t abandoned_wait_ms = 0;
  std::int64_t other_wait_ms = 0;  // timed out and so on; those who still wait, so far
  std::int64_t conversations = 0;  // ended, wrap-up and all
  std::int64_t talk_ms = 0;        // of these
  std::int64_t hold_ms = 0;
  std::int64_t wrap_up_ms = 0;
  std::int64_t transfers = 0;
  std::int64_t overflows = 0;
  std::int64_t offers = 0;
  std::int64_t rejected = 0;
  std::int64_t missed = 0;
  std::int64_t withdrawn = 0;

  void Add(const ContactTally& other);
};

// What happens in a queue, whichever queue its contacts came to first.
struct QueueTally {
  std::int64_t accepted = 0;  // assigned from it: the counts of the engine's own service level
  std::int64_t accepted_in_time = 0;
  Level waiting{};
};

struct AgentTally {
  std::int64_t offers = 0;
  std::int64_t accepted = 0;
  std::int64_t rejected = 0;
  std::int64_t missed = 0;
  std::int64_t withdrawn = 0;
  std::int64_t completed = 0;  // conversations that ended, by a transfer too
  std::int64_t passed_on = 0;  // of these
  std::int64_t signed_in_ms = 0;
  std::int64_t not_ready_ms = 0;
  std::int64_t busy_ms = 0;  // with at least one contact, talking or wrapping up
  std::int64_t idle_ms = 0;  // available, connected, and not busy
  std::int64_t talk_ms = 0;  // the sum over contacts held side by side, as the next two
  std::int64_t hold_ms = 0;
  std::int64_t wrap_up_ms = 0;

  void Add(const AgentTally& other);
};

// Counts what a report needs from the events of the engine, and from nothing else: the same events,
// from a simulation or from the log of a server, give the same tally.
class Tally {
 public:
  using Cell = std::pair<std::size_t, engine::Channel>;  // queue, by its place in the domain

  // `domain` outlives this.
  Tally(const engine::Domain& domain, Window window);

  void Note(const engine::Event& event);
  // Closes the books at the window's end; nothing is noted after.
  void Finish();

  const engine::Domain& domain() const { return domain_; }
  const Window& window() const { return window_; }
  const std::map<Cell, ContactTally>& contacts() const { return cells_; }
  const std::vector<QueueTally>& queues() const { return queues_; }
  const std::vector<AgentTally>& agents() const { return agents_; }
  const Level& waiting() const { return waiting_; }  // in all queues
  std::int64_t events() const { return events_; }

 private:
  enum class Stage : std::uint8_t { kNew, kWaiting, kTalking, kHeld, kWrapping };

  struct Open {
    ContactTally* cell = nullptr;
    bool counted = false;
    bool answered = false;
    Stage stage = Stage::kNew;
    std::uint32_t first_queue = 0;
    std::uint32_t queue = 0;
    std::uint32_t agent = 0;
    Instant since{};             // of the stage, for the agent's time
    std::int64_t waited_ms = 0;  // before `since`
    std::int64_t talk_ms = 0;
    std::int64_t hold_ms = 0;
  };

  // What an agent does now; her time is counted when it changes.
  struct AgentNow {
    bool signed_in = false;
    bool available = false;
    bool connected = true;
    std::int32_t busy = 0;  // conversations and wrap-ups
    Instant since{};
  };

  struct WrapUpNow {
    Instant since{};
    ContactTally* cell = nullptr;  // null: not counted
  };

  template <class Body>
  void On(const Body&, Instant) {}
  void On(const engine::SignedIn& event, Instant now);
  void On(const engine::SignedOut& event, Instant now);
  void On(const engine::PresenceChanged& event, Instant now);
  void On(const engine::ConnectionChanged& event, Instant now);
  void On(const engine::Submitted& event, Instant now);
  void On(const engine::Queued& event, Instant now);
  void On(const engine::Overflowed& event, Instant now);
  void On(const engine::Offered& event, Instant now);
  void On(const engine::Rejected& event, Instant now);
  void On(const engine::Missed& event, Instant now);
  void On(const engine::Withdrawn& event, Instant now);
  void On(const engine::Assigned& event, Instant now);
  void On(const engine::HeldByAgent& event, Instant now);
  void On(const engine::Resumed& event, Instant now);
  void On(const engine::ConversationEnded& event, Instant now);
  void On(const engine::WrapUpStarted& event, Instant now);
  void On(const engine::WrapUpEnded& event, Instant now);
  void On(const engine::Transferred& event, Instant now);
  void On(const engine::Closed& event, Instant now);

  std::size_t IndexOf(const QueueId& queue) const { return queue_index_.at(queue); }
  std::size_t IndexOf(const AgentId& agent) const { return agent_index_.at(agent); }
  AgentNow& Settle(std::size_t agent, Instant now);
  void EnterWaiting(Open& contact, std::size_t queue, Instant now);
  void LeaveWaiting(Open& contact, Instant now);
  void LeaveAgent(Open& contact, Instant now);
  void CountConversation(Open& contact);
  bool IsInTime(const Open& contact, Duration waited, Instant now) const;
  void CountEnd(const Open& contact, engine::ContactOutcome outcome, Duration waited, Instant now);

  const engine::Domain& domain_;
  Window window_;
  std::unordered_map<QueueId, std::size_t> queue_index_;
  std::unordered_map<AgentId, std::size_t> agent_index_;
  std::map<Cell, ContactTally> cells_;
  std::vector<QueueTally> queues_;
  std::vector<AgentTally> agents_;
  std::vector<AgentNow> present_;
  ContactWindow<Open> open_;
  std::map<std::pair<std::size_t, ContactId>, WrapUpNow> wrap_ups_;
  Level waiting_;
  std::int64_t events_ = 0;
};

}  // namespace usher::simulation
