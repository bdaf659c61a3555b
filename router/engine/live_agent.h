// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "router/engine/domain.h"
#include "router/engine/expression.h"
#include "router/engine/live_contact.h"
#include "router/engine/ready_agent.h"
#include "router/engine/rows.h"

namespace usher::engine {

struct Membership {
  QueueIndex queue = kNoIndex;
  std::int32_t tier = 0;
};

// A demand class that the agent can serve, and the tier in which she does. Packed: a released agent
// looks at all of hers.
struct ServedClass {
  ClassIndex demand = kNoIndex;
  std::int32_t tier = 0;
  Channel channel = Channel::kVoice;
  bool is_posted = false;  // its ready set holds her
};

struct AgentOffer {
  OfferId id{};
  ContactSlot contact = kNoIndex;
};

// What the ready sets know of an agent: on which channels she can be asked now, and her place.
struct Readiness {
  std::uint32_t channels = 0;  // bits by Channel; 0: not at all
  bool holds = false;          // a live, offered or wrapping contact
  Instant idle_since{};

  bool Has(Channel channel) const { return (channels >> static_cast<int>(channel)) & 1u; }
  friend bool operator==(const Readiness&, const Readiness&) = default;
};

// An agent in memory: what AgentRow says, and the indexes of what she holds. What every contact of
// hers changes stands first.
struct LiveAgent {
  AgentId id{};
  Presence presence = Presence::kOffline;
  bool dirty = false;
  bool is_unposted = false;  // ready sets may hold her as she was before
  bool has_values = false;   // serves a class that is kept in the order of a strategy's value
  std::uint8_t timer_kind = 0;
  std::int32_t misses = 0;
  std::array<std::uint16_t, kChannels.size()> load{};  // live, offered and wrapping contacts
  std::uint32_t posted_in = 0;                         // how many ready sets hold her
  Instant idle_since{};
  Readiness readiness{};  // of now
  const Agent* config = nullptr;
  const Profile* profile = nullptr;
  std::vector<ServedClass> classes{};
  std::vector<ReadyAgent> posts{};    // beside each of `classes`: as its ready set holds her
  std::vector<AgentOffer> offers{};   // in the order of making
  std::vector<ContactId> assigned{};  // by id
  std::vector<WrapUp> wrap_ups{};     // by contact
  AgentDay today{};
  std::optional<Instant> grace_ends{};
  std::optional<Instant> asked_from{};
  Instant timer_at = kNever;
  std::vector<ContactId> held{};     // by id
  std::set<ContactSlot> hopefuls{};  // contacts set aside that prefer her; may name others too
  std::string reason{};
  Instant presence_since{};

  // From the configuration, as are `config` and `profile`; null and empty for one that it no longer
  // lists, but who still has work or is named by a contact.
  std::uint32_t order = 0;  // place in the domain file
  SkillLevels levels{};
  std::vector<Membership> memberships{};  // by queue

  bool IsSignedIn() const { return presence != Presence::kOffline; }
  bool IsBusy() const { return !assigned.empty() || !wrap_ups.empty(); }
  // One more, or one less, contact that holds room.
  void TakeRoom(Channel channel) { ++load[static_cast<std::size_t>(channel)]; }
  void GiveRoomBack(Channel channel);
  bool HoldsAny() const;
  const Membership* FindMembership(QueueIndex queue) const;
  const WrapUp* FindWrapUp(ContactId contact) const;
  bool HasWork() const { return !assigned.empty() || !held.empty() || !wrap_ups.empty(); }
};

// Brings the day's figures to the day of `now`: spans that run over midnight are cut there.
AgentDay RolledTo(const AgentDay& day, Instant now, const TimeZone& zone);
// Time of the day with work, and signed in, up to `now`. `day` must be rolled to `now`.
Duration BusyAt(const AgentDay& day, Instant now);
Duration SignedInAt(const AgentDay& day, Instant now);

}  // namespace usher::engine
