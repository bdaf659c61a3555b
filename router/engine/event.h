// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "router/engine/domain.h"
#include "router/engine/words.h"

namespace usher::engine {

// What happened. Events are the truth: state is a fold over them, and they carry all that they
// change, so that later rules never alter what happened.
//
// Each is stored by its kTag and by the tags of its fields (VisitFields); neither is ever reused.
// `kName` is the word of scenario files, watch streams and logs.

// The order of law 1: higher priority first, then earlier due, then lower sequence.
struct OrderKey {
  std::int32_t priority = 0;
  Instant due{};
  std::uint64_t sequence = 0;

  friend bool operator==(const OrderKey&, const OrderKey&) = default;
  friend std::strong_ordering operator<=>(const OrderKey& a, const OrderKey& b) {
    if (a.priority != b.priority) return b.priority <=> a.priority;
    if (a.due != b.due) return a.due <=> b.due;
    return a.sequence <=> b.sequence;
  }
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "priority", self.priority);
    v(2, "due", self.due);
    v(3, "sequence", self.sequence);
  }
};

// Where an order key comes from: the contact's own wishes, the queue that gave the key, and the
// additions of steps. priority = own + queue + steps; due = (own_due or queue_due or arrived +
// within) − all head starts.
struct KeyParts {
  std::int32_t own_priority = 0;
  Duration own_head_start{0};
  std::optional<Instant> own_due{};
  std::int32_t queue_priority = 0;
  Duration queue_head_start{0};
  Duration within{0};
  std::int32_t step_priority = 0;
  Duration step_head_start{0};
  std::optional<Instant> queue_due{};  // where the queue counts `within` in opening hours

  friend bool operator==(const KeyParts&, const KeyParts&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "own_priority", self.own_priority);
    v(2, "own_head_start", self.own_head_start);
    v(3, "own_due", self.own_due);
    v(4, "queue_priority", self.queue_priority);
    v(5, "queue_head_start", self.queue_head_start);
    v(6, "within", self.within);
    v(7, "step_priority", self.step_priority);
    v(8, "step_head_start", self.step_head_start);
    v(9, "queue_due", self.queue_due);
  }
};

// A configuration came into force. Everything that it changes in the standing of contacts follows
// in events of its own, except what is a function of the configuration alone.
struct DomainApplied {
  static constexpr std::uint32_t kTag = 1;
  static constexpr std::string_view kName = "applied";
  std::uint64_t version = 0;
  Domain domain{};

  friend bool operator==(const DomainApplied&, const DomainApplied&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "version", self.version);
    v(2, "domain", self.domain);
  }
};

struct SignedIn {
  static constexpr std::uint32_t kTag = 2;
  static constexpr std::string_view kName = "signed-in";
  AgentId agent{};

  friend bool operator==(const SignedIn&, const SignedIn&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "agent", self.agent);
  }
};

struct SignedOut {
  static constexpr std::uint32_t kTag = 3;
  static constexpr std::string_view kName = "signed-out";
  AgentId agent{};
  SignOutCause cause = SignOutCause::kSignedOut;
  std::string by{};  // the supervisor who did it; empty: she herself, or no person

  friend bool operator==(const SignedOut&, const SignedOut&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "agent", self.agent);
    v(2, "cause", self.cause);
    v(3, "by", self.by);
  }
};

// By the agent, by a supervisor, or by a miss (reason "missed").
struct PresenceChanged {
  static constexpr std::uint32_t kTag = 4;
  static constexpr std::string_view kName = "presence";
  AgentId agent{};
  Presence presence = Presence::kAvailable;
  std::string reason{};
  std::string by{};  // the supervisor who set it; empty: she herself, or a miss

  friend bool operator==(const PresenceChanged&, const PresenceChanged&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "agent", self.agent);
    v(2, "presence", self.presence);
    v(3, "reason", self.reason);
    v(4, "by", self.by);
  }
};

// `grace_ends` is set while the console is lost.
struct ConnectionChanged {
  static constexpr std::uint32_t kTag = 5;
  static constexpr std::string_view kName = "connection";
  AgentId agent{};
  std::optional<Instant> grace_ends{};

  friend bool operator==(const ConnectionChanged&, const ConnectionChanged&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "agent", self.agent);
    v(2, "grace_ends", self.grace_ends);
  }
};

// A new contact, after the classification rules. It waits for nobody yet: `queued` follows, or
// `closed` where it was refused, or it is scheduled until `not_before`.
struct Submitted {
  static constexpr std::uint32_t kTag = 6;
  static constexpr std::string_view kName = "submitted";
  ContactId contact{};
  Channel channel = Channel::kVoice;
  QueueId queue{};
  std::int32_t priority = 0;
  Duration head_start{0};
  std::optional<Instant> due{};
  std::string requirement{};
  AgentId prefer{};
  std::optional<Duration> prefer_for{};
  CustomerId customer{};
  std::string external_id{};
  std::string adapter{};
  std::optional<Instant> not_before{};
  std::optional<Duration> wait_limit{};
  std::optional<std::int32_t> max_tier{};
  std::map<std::string, std::string> attributes{};
  std::string subject{};
  ContactId consults{};            // a consult: the contact that it is about ...
  AgentId consulter{};             // ... whose agent asks, and is not asked herself
  bool is_direct_consult = false;  // of one agent, and of nobody else
  ContactId resumes{};             // the abandoned contact whose place it takes over

  friend bool operator==(const Submitted&, const Submitted&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "channel", self.channel);
    v(3, "queue", self.queue);
    v(4, "priority", self.priority);
    v(5, "head_start", self.head_start);
    v(6, "due", self.due);
    v(7, "requirement", self.requirement);
    v(8, "prefer", self.prefer);
    v(9, "prefer_for", self.prefer_for);
    v(10, "customer", self.customer);
    v(11, "external_id", self.external_id);
    v(12, "adapter", self.adapter);
    v(13, "not_before", self.not_before);
    v(14, "wait_limit", self.wait_limit);
    v(15, "max_tier", self.max_tier);
    v(16, "attributes", self.attributes);
    v(17, "subject", self.subject);
    v(18, "consults", self.consults);
    v(19, "consulter", self.consulter);
    v(20, "is_direct_consult", self.is_direct_consult);
    v(21, "resumes", self.resumes);
  }
};

// The contact waits in `queue` from now on, with this key.
struct Queued {
  static constexpr std::uint32_t kTag = 7;
  static constexpr std::string_view kName = "queued";
  ContactId contact{};
  QueueId queue{};
  QueuedBy by = QueuedBy::kSubmit;
  OrderKey key{};
  KeyParts parts{};
  Instant arrived{};                 // first enqueued_at
  Duration waited_in_queue{0};       // where the clock of steps goes on from
  AgentId prefer{};                  // from now on; after a hold, the agent who had it
  std::optional<Duration> waited{};  // in all until now, of a contact that resumes another

  friend bool operator==(const Queued&, const Queued&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "queue", self.queue);
    v(3, "by", self.by);
    v(4, "key", self.key);
    v(5, "parts", self.parts);
    v(6, "arrived", self.arrived);
    v(7, "waited_in_queue", self.waited_in_queue);
    v(8, "prefer", self.prefer);
    v(9, "waited", self.waited);
  }
};

// Steps of the contact's queue took effect. `fired` steps are past by time; of the first
// `in_force` the requirement, tiers and added queues hold (more than `fired` where steps that
// nobody could serve were skipped).
struct StepApplied {
  static constexpr std::uint32_t kTag = 8;
  static constexpr std::string_view kName = "step";
  ContactId contact{};
  std::uint32_t fired = 0;
  std::uint32_t in_force = 0;
  OrderKey key{};
  KeyParts parts{};

  friend bool operator==(const StepApplied&, const StepApplied&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "fired", self.fired);
    v(3, "in_force", self.in_force);
    v(4, "key", self.key);
    v(5, "parts", self.parts);
  }
};

// A step moved the contact on; its key stays, outstanding offers stand.
struct Overflowed {
  static constexpr std::uint32_t kTag = 9;
  static constexpr std::string_view kName = "overflowed";
  ContactId contact{};
  QueueId from{};
  QueueId queue{};

  friend bool operator==(const Overflowed&, const Overflowed&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "from", self.from);
    v(3, "queue", self.queue);
  }
};

// A step says that the adapter should offer the customer a callback.
struct CallbackSuggested {
  static constexpr std::uint32_t kTag = 10;
  static constexpr std::string_view kName = "callback";
  ContactId contact{};
  QueueId queue{};

  friend bool operator==(const CallbackSuggested&, const CallbackSuggested&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "queue", self.queue);
  }
};

// The agent is being asked until `deadline`.
struct Offered {
  static constexpr std::uint32_t kTag = 11;
  static constexpr std::string_view kName = "offered";
  OfferId offer{};
  ContactId contact{};
  AgentId agent{};
  Instant deadline{};
  bool alone = false;        // a transfer to this agent: nobody else is asked meanwhile
  bool new_round = false;    // everyone present had been asked; the count starts anew
  std::int32_t tier = 0;     // the agent's, for this contact
  std::uint64_t random = 0;  // state of the domain's generator after the choice

  friend bool operator==(const Offered&, const Offered&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "offer", self.offer);
    v(2, "contact", self.contact);
    v(3, "agent", self.agent);
    v(4, "deadline", self.deadline);
    v(5, "alone", self.alone);
    v(6, "new_round", self.new_round);
    v(7, "tier", self.tier);
    v(8, "random", self.random);
  }
};

struct Rejected {
  static constexpr std::uint32_t kTag = 12;
  static constexpr std::string_view kName = "rejected";
  OfferId offer{};
  ContactId contact{};
  AgentId agent{};
  std::string reason{};
  Instant ask_agent_from{};    // end of the queue's reject_delay
  Instant offer_again_from{};  // end of the queue's retry_after

  friend bool operator==(const Rejected&, const Rejected&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "offer", self.offer);
    v(2, "contact", self.contact);
    v(3, "agent", self.agent);
    v(4, "reason", self.reason);
    v(5, "ask_agent_from", self.ask_agent_from);
    v(6, "offer_again_from", self.offer_again_from);
  }
};

// The deadline passed. A `presence` event follows where the agent missed too many.
struct Missed {
  static constexpr std::uint32_t kTag = 13;
  static constexpr std::string_view kName = "missed";
  OfferId offer{};
  ContactId contact{};
  AgentId agent{};
  QueueId queue{};
  Instant offer_again_from{};
  bool breaker_open = false;  // so many agents missed that the queue sets nobody not-ready

  friend bool operator==(const Missed&, const Missed&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "offer", self.offer);
    v(2, "contact", self.contact);
    v(3, "agent", self.agent);
    v(4, "queue", self.queue);
    v(5, "offer_again_from", self.offer_again_from);
    v(6, "breaker_open", self.breaker_open);
  }
};

struct Withdrawn {
  static constexpr std::uint32_t kTag = 14;
  static constexpr std::string_view kName = "withdrawn";
  OfferId offer{};
  ContactId contact{};
  AgentId agent{};
  WithdrawCause cause = WithdrawCause::kClosed;

  friend bool operator==(const Withdrawn&, const Withdrawn&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "offer", self.offer);
    v(2, "contact", self.contact);
    v(3, "agent", self.agent);
    v(4, "cause", self.cause);
  }
};

// By an accepted offer, by a pull, by a supervisor (then with the offer only where she was being
// asked), or after a consult.
struct Assigned {
  static constexpr std::uint32_t kTag = 15;
  static constexpr std::string_view kName = "assigned";
  ContactId contact{};
  AgentId agent{};
  OfferId offer{};
  QueueId queue{};
  Duration waited{0};    // in all
  bool in_time = false;  // within the queue's service level
  AssignedBy by = AssignedBy::kOffer;
  std::string supervisor{};  // with kSupervisor: who
  ContactId consults{};      // a consult; not counted as the queue's

  friend bool operator==(const Assigned&, const Assigned&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "agent", self.agent);
    v(3, "offer", self.offer);
    v(4, "queue", self.queue);
    v(5, "waited", self.waited);
    v(6, "in_time", self.in_time);
    v(7, "by", self.by);
    v(8, "supervisor", self.supervisor);
    v(9, "consults", self.consults);
  }
};

struct HeldByAgent {
  static constexpr std::uint32_t kTag = 16;
  static constexpr std::string_view kName = "held";
  ContactId contact{};
  AgentId agent{};

  friend bool operator==(const HeldByAgent&, const HeldByAgent&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "agent", self.agent);
  }
};

struct Resumed {
  static constexpr std::uint32_t kTag = 17;
  static constexpr std::string_view kName = "resumed";
  ContactId contact{};
  AgentId agent{};

  friend bool operator==(const Resumed&, const Resumed&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "agent", self.agent);
  }
};

// The conversation ended. `wrap-up` or `closed` follows.
struct ConversationEnded {
  static constexpr std::uint32_t kTag = 18;
  static constexpr std::string_view kName = "completed";
  ContactId contact{};
  AgentId agent{};
  std::string disposition{};
  std::string note{};
  bool is_lost = false;  // its medium went away; it closes `lost`

  friend bool operator==(const ConversationEnded&, const ConversationEnded&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "agent", self.agent);
    v(3, "disposition", self.disposition);
    v(4, "note", self.note);
    v(5, "is_lost", self.is_lost);
  }
};

// `closes`: the contact is in state wrapping and closes when this ends; false after a transfer.
struct WrapUpStarted {
  static constexpr std::uint32_t kTag = 19;
  static constexpr std::string_view kName = "wrap-up";
  ContactId contact{};
  AgentId agent{};
  Channel channel = Channel::kVoice;
  Instant ends{};
  bool closes = false;

  friend bool operator==(const WrapUpStarted&, const WrapUpStarted&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "agent", self.agent);
    v(3, "channel", self.channel);
    v(4, "ends", self.ends);
    v(5, "closes", self.closes);
  }
};

struct WrapUpExtended {
  static constexpr std::uint32_t kTag = 20;
  static constexpr std::string_view kName = "extended";
  ContactId contact{};
  AgentId agent{};
  Instant ends{};

  friend bool operator==(const WrapUpExtended&, const WrapUpExtended&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "agent", self.agent);
    v(3, "ends", self.ends);
  }
};

struct WrapUpEnded {
  static constexpr std::uint32_t kTag = 21;
  static constexpr std::string_view kName = "wrapped";
  ContactId contact{};
  AgentId agent{};

  friend bool operator==(const WrapUpEnded&, const WrapUpEnded&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "agent", self.agent);
  }
};

// The contact leaves `from` (none where no agent had it). For a queue or an escalation `queued`
// follows; for an agent it stands in its own queue again with its old key, and `offered` follows.
struct Transferred {
  static constexpr std::uint32_t kTag = 22;
  static constexpr std::string_view kName = "transferred";
  ContactId contact{};
  AgentId from{};
  TransferKind kind = TransferKind::kToQueue;
  QueueId to_queue{};
  AgentId to_agent{};
  bool by_supervisor = false;

  friend bool operator==(const Transferred&, const Transferred&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "from", self.from);
    v(3, "kind", self.kind);
    v(4, "to_queue", self.to_queue);
    v(5, "to_agent", self.to_agent);
    v(6, "by_supervisor", self.by_supervisor);
  }
};

// The contact's own wishes changed; `key` and `parts` are the whole new ones.
struct Updated {
  static constexpr std::uint32_t kTag = 23;
  static constexpr std::string_view kName = "updated";
  ContactId contact{};
  OrderKey key{};
  KeyParts parts{};
  std::optional<std::string> requirement{};
  std::map<std::string, std::string> attributes{};  // each replaces one
  QueueId queue{};  // of a scheduled contact, which does not wait there yet; none: stays
  std::optional<Channel> channel{};

  friend bool operator==(const Updated&, const Updated&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "key", self.key);
    v(3, "parts", self.parts);
    v(4, "requirement", self.requirement);
    v(5, "attributes", self.attributes);
    v(6, "queue", self.queue);
    v(7, "channel", self.channel);
  }
};

// The last event of a contact; it tells what a report needs, for the contact leaves memory.
struct Closed {
  static constexpr std::uint32_t kTag = 24;
  static constexpr std::string_view kName = "closed";
  ContactId contact{};
  ContactOutcome outcome = ContactOutcome::kCompleted;
  Channel channel = Channel::kVoice;
  QueueId queue{};
  AgentId agent{};  // the last that had it
  CustomerId customer{};
  std::string external_id{};
  std::string adapter{};
  Instant arrived{};
  Duration waited{0};
  std::uint32_t transfers = 0;
  std::string disposition{};
  std::string note{};
  std::optional<Refusal> refusal{};  // with outcome refused; of a consult, how it came to nothing
  ContactId consults{};
  AgentId consulter{};                        // of a consult
  std::optional<Instant> place_kept_until{};  // abandoned; who comes again by then goes on here

  friend bool operator==(const Closed&, const Closed&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "outcome", self.outcome);
    v(3, "channel", self.channel);
    v(4, "queue", self.queue);
    v(5, "agent", self.agent);
    v(6, "customer", self.customer);
    v(7, "external_id", self.external_id);
    v(8, "adapter", self.adapter);
    v(9, "arrived", self.arrived);
    v(10, "waited", self.waited);
    v(11, "transfers", self.transfers);
    v(12, "disposition", self.disposition);
    v(13, "note", self.note);
    v(14, "refusal", self.refusal);
    v(15, "consults", self.consults);
    v(16, "place_kept_until", self.place_kept_until);
    v(17, "consulter", self.consulter);
  }
};

// An adapter's stream came (`lost_at` none), was lost, or the adapter is known no more (`is_gone`):
// its grace ended on every channel. While it is lost its contacts are looked at at `check_at`.
struct AdapterChanged {
  static constexpr std::uint32_t kTag = 25;
  static constexpr std::string_view kName = "adapter";
  std::string adapter{};
  std::optional<Instant> lost_at{};
  Instant check_at{};
  bool is_gone = false;

  friend bool operator==(const AdapterChanged&, const AdapterChanged&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "adapter", self.adapter);
    v(2, "lost_at", self.lost_at);
    v(3, "check_at", self.check_at);
    v(4, "is_gone", self.is_gone);
  }
};

// The contact goes on at another adapter.
struct Claimed {
  static constexpr std::uint32_t kTag = 26;
  static constexpr std::string_view kName = "claimed";
  ContactId contact{};
  std::string from{};
  std::string adapter{};

  friend bool operator==(const Claimed&, const Claimed&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "from", self.from);
    v(3, "adapter", self.adapter);
  }
};

// The alternatives may be added to at the end.
using EventBody =
    std::variant<DomainApplied, SignedIn, SignedOut, PresenceChanged, ConnectionChanged, Submitted,
                 Queued, StepApplied, Overflowed, CallbackSuggested, Offered, Rejected, Missed,
                 Withdrawn, Assigned, HeldByAgent, Resumed, ConversationEnded, WrapUpStarted,
                 WrapUpExtended, WrapUpEnded, Transferred, Updated, Closed, AdapterChanged,
                 Claimed>;

struct Event {
  Instant at{};
  EventBody body{};

  friend bool operator==(const Event&, const Event&) = default;
};

// "offered", "queued", ...
inline std::string_view NameOf(const Event& event) {
  return std::visit([](const auto& body) { return std::decay_t<decltype(body)>::kName; },
                    event.body);
}

}  // namespace usher::engine
