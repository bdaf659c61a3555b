// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "router/engine/calendar.h"
#include "router/engine/channel.h"
#include "router/engine/customer_policy.h"
#include "router/engine/quick_response.h"

namespace usher::engine {

// The routing configuration of one domain as plain data: what a domain file says after it was read
// and found valid, with every default filled in. Expressions stay text here (compile them with
// expression.h); references between parts are ids that are known to exist.
//
// Each struct lists its fields once, in VisitFields(self, visitor), which calls
// visitor(tag, name, field) for each: the store writes a domain into its log by these tags, so a
// tag is never reused and a new field gets a new one. Fields are integers, booleans, enums, text,
// ids, spans and instants, and optionals, vectors, maps and structs of these.

// How an agent is picked among the candidates of the lowest tier (law 4).
enum class Strategy : std::uint8_t {
  kLongestIdle = 0,
  kRoundRobin = 1,
  kLeastLoaded = 2,
  kFewestContacts = 3,
  kLeastBusy = 4,
  kBestSkill = 5,
  kLeastSkill = 6,
  kOrdered = 7,
  kRandom = 8,
  kWeightedRandom = 9,
  kBroadcast = 10,
  kProgressive = 11,
};
inline constexpr int kStrategyCount = 12;
std::string_view ToString(Strategy strategy);  // "longest-idle"
std::optional<Strategy> FindStrategy(std::string_view name);

struct ServiceLevel {
  Duration within = std::chrono::seconds{20};
  std::optional<std::int32_t> target_bp{};  // hundredths of a percent: 80% is 8000
  std::string hours{};  // id of Domain::hours whose open time `within` counts; "": all time

  friend bool operator==(const ServiceLevel&, const ServiceLevel&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "within", self.within);
    v(2, "target_bp", self.target_bp);
    v(3, "hours", self.hours);
  }
};

enum class AfterMisses : std::uint8_t { kNotReady = 0, kKeep = 1 };

// What `limit` misses in a row do to an agent. The breaker: once `breaker_agents` different agents
// missed offers of the queue within `breaker_within`, nobody is set not-ready by it.
struct MissedOffers {
  std::int32_t limit = 1;  // 0: never
  AfterMisses then = AfterMisses::kNotReady;
  std::int32_t breaker_agents = 5;  // 0: no breaker
  Duration breaker_within = std::chrono::seconds{60};

  friend bool operator==(const MissedOffers&, const MissedOffers&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "limit", self.limit);
    v(2, "then", self.then);
    v(3, "breaker_agents", self.breaker_agents);
    v(4, "breaker_within", self.breaker_within);
  }
};

enum class EmptyAction : std::uint8_t { kKeep = 0, kRefuse = 1, kLeave = 2 };

// What happens in a queue that no signed-in agent lists.
struct WhenEmpty {
  EmptyAction then = EmptyAction::kKeep;
  Duration after{0};      // kLeave: empty for this long closes those who wait
  Duration newcomers{0};  // kLeave: but a newcomer waits at least this long

  friend bool operator==(const WhenEmpty&, const WhenEmpty&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "then", self.then);
    v(2, "after", self.after);
    v(3, "newcomers", self.newcomers);
  }
};

// What changes once a contact has waited `at` in the queue; what is not set stays.
struct Step {
  Duration at{0};
  std::optional<std::string> requirement{};  // replaces the queue's part; "" removes it
  std::optional<std::int32_t> max_tier{};
  std::int32_t priority = 0;    // added
  Duration head_start{0};       // added
  std::vector<QueueId> also{};  // agents of these queues serve it too
  QueueId overflow{};           // moves there; none: stays
  bool give_up = false;         // closes it, timed-out
  bool callback = false;        // offers a callback

  friend bool operator==(const Step&, const Step&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "at", self.at);
    v(2, "requirement", self.requirement);
    v(3, "max_tier", self.max_tier);
    v(4, "priority", self.priority);
    v(5, "head_start", self.head_start);
    v(6, "also", self.also);
    v(7, "overflow", self.overflow);
    v(8, "give_up", self.give_up);
    v(9, "callback", self.callback);
  }
};

// Whom a newcomer's facts name as the agent to ask first.
enum class Preference : std::uint8_t {
  kOwner = 0,      // `customer.owner`: who looks after the customer
  kLastAgent = 1,  // `customer.last_agent`: who had the customer's last contact
};
std::string_view ToString(Preference preference);  // "last-agent"
std::optional<Preference> FindPreference(std::string_view name);

struct Queue {
  QueueId id{};
  ChannelSet channels = ChannelSet::All();
  Strategy strategy = Strategy::kLongestIdle;
  ServiceLevel service_level{};
  std::string hours{};  // id of Domain::hours; "": always open
  std::int32_t priority = 0;
  Duration head_start{0};
  std::string requirement{};  // "": none
  Duration offer_timeout = std::chrono::seconds{15};
  Duration retry_after{0};
  Duration reject_delay = std::chrono::seconds{5};
  MissedOffers missed_offers{};
  Duration wrap_up{0};
  std::optional<std::int32_t> max_waiting{};
  std::optional<Duration> wait_limit{};
  WhenEmpty when_empty{};
  Duration prefer_for{0};
  std::int32_t broadcast = 1;  // 0: all at once
  Duration progressive = std::chrono::seconds{10};
  std::int32_t max_transfers = 2;
  QueueId escalate_to{};                     // none: a transfer too many is refused
  std::vector<Step> steps{};                 // strictly rising in `at`
  std::map<Channel, Duration> wrap_up_of{};  // by channel; `wrap_up` where none is given
  Duration keep_place_for{0};                // of a customer who abandoned; 0: not at all
  std::vector<Preference> prefer{};          // the first who is an agent here is asked first
  std::optional<Duration> hold_limit{};      // on hold for longer: waits again; not of calls

  friend bool operator==(const Queue&, const Queue&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "id", self.id);
    v(2, "channels", self.channels);
    v(3, "strategy", self.strategy);
    v(4, "service_level", self.service_level);
    v(5, "hours", self.hours);
    v(6, "priority", self.priority);
    v(7, "head_start", self.head_start);
    v(8, "requirement", self.requirement);
    v(9, "offer_timeout", self.offer_timeout);
    v(10, "retry_after", self.retry_after);
    v(11, "reject_delay", self.reject_delay);
    v(12, "missed_offers", self.missed_offers);
    v(13, "wrap_up", self.wrap_up);
    v(14, "max_waiting", self.max_waiting);
    v(15, "wait_limit", self.wait_limit);
    v(16, "when_empty", self.when_empty);
    v(17, "prefer_for", self.prefer_for);
    v(18, "broadcast", self.broadcast);
    v(19, "progressive", self.progressive);
    v(20, "max_transfers", self.max_transfers);
    v(21, "escalate_to", self.escalate_to);
    v(22, "steps", self.steps);
    v(23, "wrap_up_of", self.wrap_up_of);
    v(24, "keep_place_for", self.keep_place_for);
    v(25, "prefer", self.prefer);
    v(26, "hold_limit", self.hold_limit);
  }
};

// How much of one channel an agent may hold.
struct ChannelCapacity {
  std::int32_t max = 1;
  ChannelSet alongside{};  // `while:`; always holds the channel itself
  std::int32_t cost = 0;   // of the profile's units, for each contact held

  friend bool operator==(const ChannelCapacity&, const ChannelCapacity&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "max", self.max);
    v(2, "alongside", self.alongside);
    v(3, "cost", self.cost);
  }
};

// A channel that `channels` lacks is not served.
struct Profile {
  std::string id{};
  std::map<Channel, ChannelCapacity> channels{};
  std::optional<std::int32_t> units{};

  friend bool operator==(const Profile&, const Profile&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "id", self.id);
    v(2, "channels", self.channels);
    v(3, "units", self.units);
  }
};

struct Agent {
  AgentId id{};
  std::string name{};                            // to show; "" shows the id
  std::map<std::string, std::int32_t> skills{};  // level 0-100; held is not the same as above 0
  std::map<QueueId, std::int32_t> queues{};      // tier, 0 first
  std::string profile{};                         // "": one contact at a time
  std::optional<Duration> wrap_up{};             // none: the queue's
  ChannelSet channels = ChannelSet::All();       // the profile must allow a channel as well

  friend bool operator==(const Agent&, const Agent&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "id", self.id);
    v(2, "name", self.name);
    v(3, "skills", self.skills);
    v(4, "queues", self.queues);
    v(5, "profile", self.profile);
    v(6, "wrap_up", self.wrap_up);
    v(7, "channels", self.channels);
  }
};

// A classification rule: where `when` holds of a newcomer, what is set here overrides what was
// submitted and what earlier rules set.
struct Rule {
  std::string when{};
  std::optional<QueueId> queue{};
  std::optional<std::int32_t> priority{};
  std::optional<Duration> head_start{};
  std::optional<std::string> requirement{};
  std::optional<AgentId> prefer{};
  std::optional<Duration> prefer_for{};
  std::optional<Duration> wait_limit{};
  std::optional<std::int32_t> max_tier{};
  std::map<std::string, std::string> attributes{};  // each replaces one attribute

  friend bool operator==(const Rule&, const Rule&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "when", self.when);
    v(2, "queue", self.queue);
    v(3, "priority", self.priority);
    v(4, "head_start", self.head_start);
    v(5, "requirement", self.requirement);
    v(6, "prefer", self.prefer);
    v(7, "prefer_for", self.prefer_for);
    v(8, "wait_limit", self.wait_limit);
    v(9, "max_tier", self.max_tier);
    v(10, "attributes", self.attributes);
  }
};

// How long an adapter may be gone before its contacts of a channel count as lost: their medium went
// with it. 0: they wait for it without end, for what they are about is kept elsewhere.
struct AdapterGrace {
  Duration voice = std::chrono::seconds{30};
  Duration chat = std::chrono::minutes{2};
  Duration email{0};
  Duration message{0};
  Duration callback{0};
  Duration task{0};

  Duration& Of(Channel channel);
  Duration Of(Channel channel) const { return const_cast<AdapterGrace*>(this)->Of(channel); }

  friend bool operator==(const AdapterGrace&, const AdapterGrace&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "voice", self.voice);
    v(2, "chat", self.chat);
    v(3, "email", self.email);
    v(4, "message", self.message);
    v(5, "callback", self.callback);
    v(6, "task", self.task);
  }
};

struct Domain {
  DomainId id{};
  TimeZone timezone{};
  Duration disconnect_grace = std::chrono::seconds{30};
  std::uint64_t seed = 1;             // of the random strategies
  std::vector<std::string> skills{};  // the vocabulary; a skill's number is its position here
  std::vector<std::string> not_ready{};
  std::vector<std::string> dispositions{};
  std::vector<Hours> hours{};
  std::vector<Queue> queues{};  // all lists in the order of the file; ids are unique
  std::vector<Profile> profiles{};
  std::vector<Agent> agents{};
  std::vector<Rule> rules{};
  AdapterGrace adapter_grace{};
  CustomerPolicy customers{};
  CasePolicy cases{};
  std::vector<QuickResponse> quick_responses{};

  // Linear; for tools and tests. The engine keeps its own tables. Null on a miss.
  const Queue* FindQueue(const QueueId& queue) const;
  const Profile* FindProfile(std::string_view profile) const;
  const Hours* FindHours(std::string_view calendar) const;
  const Agent* FindAgent(const AgentId& agent) const;
  std::vector<std::string> HoursIds() const;

  friend bool operator==(const Domain&, const Domain&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "id", self.id);
    v(2, "timezone", self.timezone);
    v(3, "disconnect_grace", self.disconnect_grace);
    v(4, "seed", self.seed);
    v(5, "skills", self.skills);
    v(6, "not_ready", self.not_ready);
    v(7, "dispositions", self.dispositions);
    v(8, "hours", self.hours);
    v(9, "queues", self.queues);
    v(10, "profiles", self.profiles);
    v(11, "agents", self.agents);
    v(12, "rules", self.rules);
    v(13, "adapter_grace", self.adapter_grace);
    v(14, "customers", self.customers);
    v(15, "cases", self.cases);
    v(16, "quick_responses", self.quick_responses);
  }
};

}  // namespace usher::engine
