// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "router/engine/command.h"
#include "router/engine/domain.h"
#include "router/engine/event.h"
#include "router/engine/explain.h"
#include "router/engine/rows.h"
#include "router/engine/wait_estimate.h"
#include "router/engine/words.h"

namespace usher::engine {

// Bounds. A command that would exceed one is refused (TOO_LARGE, or QUEUE_FULL for contacts).
inline constexpr std::size_t kOpenContactsMax = 1'000'000;  // about a quarter GB without payload
inline constexpr std::size_t kAgentsMax = 100'000;
inline constexpr std::size_t kQueuesMax = 10'000;
inline constexpr std::size_t kAttributesMax = 64;
inline constexpr std::size_t kTextBytesMax = 4096;  // any one text of a command

// What an agent holds, as consoles and scenarios show it.
struct AgentWork {
  std::map<Channel, std::int32_t> load{};  // contacts that hold room; zeros left out
  std::vector<OpenOffer> offers{};         // outstanding, in the order of making
  std::vector<ContactId> offered{};        // the contact of each of `offers`
  std::vector<ContactId> assigned{};       // by id; what she talks with
  std::vector<ContactId> held{};           // by id; on hold
};

struct QueueCounts {
  std::size_t waiting = 0;  // waiting and offered
  std::size_t offered = 0;  // of these
  std::size_t agents_signed_in = 0;
  std::size_t agents_available = 0;
  std::int64_t accepted = 0;
  std::int64_t accepted_in_time = 0;

  // accepted_in_time / accepted in hundredths of a percent, half up; none before the first.
  std::optional<std::int32_t> ServiceLevel() const;
};

// The work done, for tests of cost: how many agents and contacts were looked at, and how many
// demand classes for agents whose state changed.
struct DispatchCost {
  std::uint64_t contacts_tried = 0;
  std::uint64_t agents_tried = 0;
  std::uint64_t offers = 0;
  std::uint64_t classes_touched = 0;

  friend bool operator==(const DispatchCost&, const DispatchCost&) = default;
};

// The routing engine of one domain: *decide, then evolve*.
//
// Execute turns a command into events, or into a refusal; Advance does the same for timers that
// are due. Both append the events to `out` and have already evolved them. The state is a fold over
// the events: an engine that evolves the same events is in the same state, and Restore from the
// rows of that state behaves the same ever after.
//
// Pure: no clock, no randomness of its own, no I/O. Instants are handed in and must not fall
// (an earlier one counts as the latest seen). Not thread-safe: one domain, one thread.
//
//   Engine engine;
//   std::vector<Event> events;
//   engine.Execute(ApplyDomain{domain, 1}, now, events);
//   engine.Execute(SignIn{AgentId{"ann"}}, now, events);
//   engine.Execute(Submit{.channel = Channel::kChat, .queue = QueueId{"support"}}, now, events);
//   // events: ... signed-in, submitted, queued, offered
class Engine {
 public:
  Engine();
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  // Fires the timers due at or before `now`, decides the command, makes the offers that follow.
  Outcome Execute(const Command& command, Instant now, std::vector<Event>& out);

  // Fires the timers due at or before `now`, each instant followed by its offers.
  void Advance(Instant now, std::vector<Event>& out);

  // When Advance next has something to do; kNever when nothing is pending.
  Instant NextDeadline() const;

  // Applies what happened; for replay. Aborts on an event that cannot follow the present state.
  void Evolve(const Event& event);

  // Reading. Rows are copies; a miss is nullopt (closed contacts are gone).
  std::optional<ContactRow> FindContact(ContactId contact) const;
  std::optional<ContactId> FindContact(Channel channel, const std::string& external_id) const;
  std::optional<AgentRow> FindAgent(const AgentId& agent) const;
  AgentWork WorkOf(const AgentId& agent) const;
  QueueCounts CountsOf(const QueueId& queue) const;
  // The contacts that wait in the queue, in the order of law 1, offered ones in their places; at
  // most `limit`. O(limit).
  std::vector<ContactId> WaitingIn(const QueueId& queue, std::size_t limit = SIZE_MAX) const;
  // 1-based place of a waiting or offered contact within its queue; 0 otherwise.
  std::size_t PositionOf(ContactId contact) const;
  // From the queue's last accepts (wait_estimate.h), at `at` or the latest instant seen, whichever
  // is later. None before there are three, and while nobody who lists the queue is signed in.
  std::optional<WaitEstimate> EstimatedWaitOf(ContactId contact, Instant at = {}) const;
  // Point 41 of the semantics, at the latest instant seen.
  Refusal WhyWaiting(ContactId contact) const;
  Refusal WhyIdle(const AgentId& agent) const;

  // Law 11 (explain.h), at `at` or the latest instant seen, whichever is later. A miss is nullopt:
  // the offer's contact does not wait or its agent is unknown; the contact is not open; the agent
  // is unknown. ExplainOffer wants the state just before the event. O(members of the contact's
  // queues) agents, and for ExplainOffer and ExplainAgent O(waiting in the agent's queues)
  // contacts: for people, not for the loop.
  std::optional<OfferExplanation> ExplainOffer(const Offered& offered, Instant at,
                                               std::size_t limit = kExplainLimit) const;
  std::optional<ContactExplanation> ExplainContact(ContactId contact, Instant at,
                                                   std::size_t limit = kExplainLimit) const;
  std::optional<AgentExplanation> ExplainAgent(const AgentId& agent, Instant at,
                                               std::size_t limit = kExplainLimit) const;

  const Domain& domain() const;
  std::uint64_t version() const;
  Instant now() const;                       // the latest instant seen
  std::size_t contact_count() const;         // open ones
  std::vector<ContactId> Contacts() const;   // open ones, by id
  std::vector<AgentId> Agents() const;       // by id
  std::vector<AdapterRow> Adapters() const;  // that have a stream or lost it not long ago; by name
  ContactId LastContact() const;             // the latest that came in, closed or not; 0: none yet

  // Persistence.
  DirtyRows TakeDirty();
  ContactRow Row(ContactId contact) const;  // must exist
  AgentRow Row(const AgentId& agent) const;
  QueueRow Row(const QueueId& queue) const;
  DomainRow Row() const;
  static Engine Restore(DomainRow domain, std::vector<QueueRow> queues,
                        std::vector<AgentRow> agents, std::vector<ContactRow> contacts);

  // Every invariant of the state that is broken, in words; empty when sound. O(state × agents): for
  // tests and simulation.
  std::vector<std::string> CheckState() const;

  DispatchCost cost() const;

 private:
  class Core;
  std::unique_ptr<Core> core_{};
};

}  // namespace usher::engine
