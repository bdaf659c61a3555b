// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "router/engine/domain.h"
#include "router/engine/event.h"
#include "router/engine/words.h"

namespace usher::engine {

// The whole state of the engine as plain records: what queries read, what the store writes behind
// the log, and what Engine::Restore loads. Everything else that the engine holds (orders, ready
// sets, timers) is derived from these.

// One agent being asked.
struct OpenOffer {
  OfferId id{};
  AgentId agent{};
  Instant made{};
  Instant deadline{};
  bool alone = false;
  std::int32_t tier = 0;
  friend bool operator==(const OpenOffer&, const OpenOffer&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "id", self.id);
    v(2, "agent", self.agent);
    v(3, "made", self.made);
    v(4, "deadline", self.deadline);
    v(5, "alone", self.alone);
    v(6, "tier", self.tier);
  }
};

// How the last offer of the contact to this agent ended; answers a late accept.
struct PastOffer {
  OfferId id{};
  AgentId agent{};
  OfferEnd end = OfferEnd::kAccepted;
  bool in_round = false;  // rejected or missed, or gave it away, in the present round
  friend bool operator==(const PastOffer&, const PastOffer&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "id", self.id);
    v(2, "agent", self.agent);
    v(3, "end", self.end);
    v(4, "in_round", self.in_round);
  }
};

struct ContactRow {
  ContactId id{};
  ContactState state = ContactState::kWaiting;
  Channel channel = Channel::kVoice;
  QueueId queue{};
  OrderKey key{};  // sequence 0 until it first waits
  KeyParts parts{};
  std::string requirement{};  // its own
  std::optional<std::int32_t> max_tier{};
  std::optional<Duration> wait_limit{};
  AgentId prefer{};
  std::optional<Duration> prefer_for{};
  bool prefer_declined = false;  // she rejected or missed it
  std::optional<Instant> not_before{};
  Instant submitted{};
  Instant arrived{};                       // first enqueued_at
  std::optional<Instant> waiting_since{};  // set in waiting and offered; the spans below end there
  Duration waited{0};                      // before waiting_since, in all
  Duration waited_in_queue{0};             // before waiting_since, in this queue
  std::uint32_t steps_fired = 0;
  std::uint32_t steps_in_force = 0;
  std::optional<Instant> offer_again_from{};  // end of the pause after a reject or a miss
  std::optional<Instant> offering_since{};    // an offer has been running without a gap since then
  std::vector<OpenOffer> offers{};            // in the order of making
  std::vector<PastOffer> past_offers{};       // at most one an agent, latest last
  AgentId agent{};  // assigned, held, wrapping: whose; else the last that had it
  std::optional<Instant> assigned{};
  std::uint32_t transfers = 0;
  bool escalated = false;
  std::string disposition{};
  std::string note{};
  CustomerId customer{};
  std::string external_id{};
  std::string adapter{};
  std::map<std::string, std::string> attributes{};
  std::string subject{};
  ContactId consults{};  // a consult: the contact that it is about
  AgentId consulter{};   // whose agent asks
  bool is_direct_consult = false;
  ContactId consult{};   // the open consult about this contact, until its conversation ends
  ContactId resumes{};   // the abandoned contact whose place it took over
  bool is_lost = false;  // wrapping: it closes `lost`
  std::optional<Instant> held{};  // on hold since then

  friend bool operator==(const ContactRow&, const ContactRow&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "id", self.id);
    v(2, "state", self.state);
    v(3, "channel", self.channel);
    v(4, "queue", self.queue);
    v(5, "key", self.key);
    v(6, "parts", self.parts);
    v(7, "requirement", self.requirement);
    v(8, "max_tier", self.max_tier);
    v(9, "wait_limit", self.wait_limit);
    v(10, "prefer", self.prefer);
    v(11, "prefer_for", self.prefer_for);
    v(12, "prefer_declined", self.prefer_declined);
    v(13, "not_before", self.not_before);
    v(14, "submitted", self.submitted);
    v(15, "arrived", self.arrived);
    v(16, "waiting_since", self.waiting_since);
    v(17, "waited", self.waited);
    v(18, "waited_in_queue", self.waited_in_queue);
    v(19, "steps_fired", self.steps_fired);
    v(20, "steps_in_force", self.steps_in_force);
    v(21, "offer_again_from", self.offer_again_from);
    v(22, "offering_since", self.offering_since);
    v(23, "offers", self.offers);
    v(24, "past_offers", self.past_offers);
    v(25, "agent", self.agent);
    v(26, "assigned", self.assigned);
    v(27, "transfers", self.transfers);
    v(28, "escalated", self.escalated);
    v(29, "disposition", self.disposition);
    v(30, "note", self.note);
    v(31, "customer", self.customer);
    v(32, "external_id", self.external_id);
    v(33, "adapter", self.adapter);
    v(34, "attributes", self.attributes);
    v(35, "subject", self.subject);
    v(36, "consults", self.consults);
    v(37, "consulter", self.consulter);
    v(38, "is_direct_consult", self.is_direct_consult);
    v(39, "consult", self.consult);
    v(40, "resumes", self.resumes);
    v(41, "is_lost", self.is_lost);
    v(42, "held", self.held);
  }

  // In waiting and offered it runs; with an agent it stands still.
  Duration WaitedAt(Instant now) const {
    return waited + (waiting_since ? now - *waiting_since : Duration{0});
  }
};

struct WrapUp {
  ContactId contact{};
  Channel channel = Channel::kVoice;
  Instant ends{};
  bool closes = false;
  friend bool operator==(const WrapUp&, const WrapUp&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "channel", self.channel);
    v(3, "ends", self.ends);
    v(4, "closes", self.closes);
  }
};

// What an agent did since local midnight of `day`. A span that runs is counted from its `_since`.
struct AgentDay {
  std::int64_t day = 0;  // TimeZone::LocalDay
  std::int64_t accepts = 0;
  Duration busy{0};  // with an assigned or wrapping contact
  Duration signed_in{0};
  std::optional<Instant> busy_since{};
  std::optional<Instant> signed_in_since{};
  friend bool operator==(const AgentDay&, const AgentDay&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "day", self.day);
    v(2, "accepts", self.accepts);
    v(3, "busy", self.busy);
    v(4, "signed_in", self.signed_in);
    v(5, "busy_since", self.busy_since);
    v(6, "signed_in_since", self.signed_in_since);
  }
};

// What the agent holds stands in the rows of the contacts, and here only wrap-ups.
struct AgentRow {
  AgentId id{};
  Presence presence = Presence::kOffline;
  std::string reason{};                 // with not-ready
  std::optional<Instant> grace_ends{};  // set while the console is lost
  Instant idle_since{};
  std::int32_t misses = 0;              // in a row
  std::optional<Instant> asked_from{};  // end of the reject delay
  std::vector<WrapUp> wrap_ups{};       // by contact
  AgentDay today{};
  Instant presence_since{};  // the start of this presence and reason; zero: never signed in

  friend bool operator==(const AgentRow&, const AgentRow&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "id", self.id);
    v(2, "presence", self.presence);
    v(3, "reason", self.reason);
    v(4, "grace_ends", self.grace_ends);
    v(5, "idle_since", self.idle_since);
    v(6, "misses", self.misses);
    v(7, "asked_from", self.asked_from);
    v(8, "wrap_ups", self.wrap_ups);
    v(9, "today", self.today);
    v(10, "presence_since", self.presence_since);
  }
};

struct RecentMiss {
  AgentId agent{};
  Instant at{};
  friend bool operator==(const RecentMiss&, const RecentMiss&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "agent", self.agent);
    v(2, "at", self.at);
  }
};

// The place of a contact that was abandoned while it waited, for its customer to take up again.
struct KeptPlace {
  ContactId contact{};
  CustomerId customer{};
  Channel channel = Channel::kVoice;
  Instant until{};  // and not at that instant any more
  Instant arrived{};
  std::uint64_t sequence = 0;
  KeyParts parts{};
  Duration waited{0};
  Duration waited_in_queue{0};
  friend bool operator==(const KeptPlace&, const KeptPlace&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "contact", self.contact);
    v(2, "customer", self.customer);
    v(3, "channel", self.channel);
    v(4, "until", self.until);
    v(5, "arrived", self.arrived);
    v(6, "sequence", self.sequence);
    v(7, "parts", self.parts);
    v(8, "waited", self.waited);
    v(9, "waited_in_queue", self.waited_in_queue);
  }
};

// A queue keeps at most so many places; the oldest is forgotten first.
inline constexpr std::size_t kKeptPlacesMax = 256;

struct QueueRow {
  QueueId id{};
  std::map<AgentId, OfferId> last_offered{};  // of this queue's contacts; round-robin
  std::vector<RecentMiss> misses{};           // of the breaker's window; the latest of each agent
  std::int64_t accepted = 0;                  // assigned from this queue, in all
  std::int64_t accepted_in_time = 0;          // of these within the service level
  std::optional<Instant> empty_since{};       // no agent who lists it is signed in
  std::vector<Instant> recent_accepts{};      // latest last, at most 16: for the estimated wait
  bool breaker_open = false;                  // until the window of misses empties
  std::vector<KeptPlace> kept_places{};       // in the order of abandoning; may name expired ones

  friend bool operator==(const QueueRow&, const QueueRow&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "id", self.id);
    v(2, "last_offered", self.last_offered);
    v(3, "misses", self.misses);
    v(4, "accepted", self.accepted);
    v(5, "accepted_in_time", self.accepted_in_time);
    v(6, "empty_since", self.empty_since);
    v(7, "recent_accepts", self.recent_accepts);
    v(8, "breaker_open", self.breaker_open);
    v(9, "kept_places", self.kept_places);
  }
};

// An adapter that has a stream, or lost it not long ago.
struct AdapterRow {
  std::string adapter{};
  std::optional<Instant> lost_at{};
  Instant check_at{};  // while it is lost: when its contacts are looked at next

  friend bool operator==(const AdapterRow&, const AdapterRow&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "adapter", self.adapter);
    v(2, "lost_at", self.lost_at);
    v(3, "check_at", self.check_at);
  }
};

struct DomainRow {
  std::uint64_t version = 0;
  Domain domain{};
  std::uint64_t next_contact = 1;
  std::uint64_t next_offer = 1;
  std::uint64_t next_sequence = 1;
  std::uint64_t random = 0;            // state of the generator of the random strategies
  Instant now{};                       // of the last event
  std::vector<AdapterRow> adapters{};  // by name

  friend bool operator==(const DomainRow&, const DomainRow&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "version", self.version);
    v(2, "domain", self.domain);
    v(3, "next_contact", self.next_contact);
    v(4, "next_offer", self.next_offer);
    v(5, "next_sequence", self.next_sequence);
    v(6, "random", self.random);
    v(7, "now", self.now);
    v(8, "adapters", self.adapters);
  }
};

// What changed since the last TakeDirty: each id once, sorted. An id without a row any more (a
// closed contact, a removed agent or queue) means that its row is to be deleted.
struct DirtyRows {
  bool domain = false;
  std::vector<QueueId> queues{};
  std::vector<AgentId> agents{};
  std::vector<ContactId> contacts{};

  bool empty() const { return !domain && queues.empty() && agents.empty() && contacts.empty(); }
};

}  // namespace usher::engine
