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
#include "router/engine/event.h"
#include "router/engine/words.h"

namespace usher::engine {

class DemandClass;

// Dense numbers that stand for ids inside the engine. They are given anew whenever a configuration
// is applied, and never leave the engine.
using AgentIndex = std::uint32_t;
using QueueIndex = std::uint32_t;
using ContactSlot = std::uint32_t;  // place in the contact table; reused after close
using ClassIndex = std::uint32_t;   // of a demand class; reused after it is forgotten
inline constexpr std::uint32_t kNoIndex = UINT32_MAX;

// What most contacts do without.
struct ContactWishes {
  std::optional<Instant> due{};
  std::optional<std::int32_t> max_tier{};
  std::optional<Duration> wait_limit{};
  std::optional<Duration> prefer_for{};
  std::optional<Instant> not_before{};
  std::optional<Instant> submitted{};  // where it is not `arrived`
  std::optional<Instant> queue_due{};
  Duration queue_head_start{0};
  Duration step_head_start{0};
  std::int32_t queue_priority = 0;
  std::int32_t step_priority = 0;
  ContactId consult{};              // the open consult about this contact
  ContactId consults{};             // a consult: about this contact,
  AgentIndex consulter = kNoIndex;  // whose agent asks
  bool is_direct_consult = false;
  ContactId resumes{};
};

struct LiveOffer {
  OfferId id{};
  AgentIndex agent = kNoIndex;
  Instant made{};
  Instant deadline{};
  bool alone = false;
  std::int32_t tier = 0;
};

struct EndedOffer {
  OfferId id{};
  AgentIndex agent = kNoIndex;
  OfferEnd end = OfferEnd::kAccepted;
  bool in_round = false;
};

// Who was asked, and with what end.
struct ContactOffers {
  std::vector<LiveOffer> open{};   // in the order of making
  std::vector<EndedOffer> past{};  // at most one an agent, latest last
  std::optional<Instant> offer_again_from{};
  std::optional<Instant> offering_since{};
  Instant assigned = kNever;  // to its agent
  Instant held = kNever;      // since then on hold
};

// What the contact carries; routing does not look at it.
struct ContactPayload {
  CustomerId customer{};
  std::string external_id{};
  std::string adapter{};
  std::map<std::string, std::string> attributes{};
  std::string subject{};
  std::string disposition{};
  std::string note{};
};

// An open contact in memory. ContactRow is the same as a plain record; this one is packed, keeps
// what is rare aside, and remembers where the indexes hold it.
struct LiveContact {
  ContactId id{};  // 0: the slot is free
  OrderKey key{};
  Duration own_head_start{0};
  Duration within{0};
  std::int32_t own_priority = 0;
  QueueIndex queue = kNoIndex;
  Instant arrived{};
  Instant waiting_since = kNever;  // kNever: does not wait
  Duration waited{0};
  Duration waited_in_queue{0};
  AgentIndex agent = kNoIndex;
  AgentIndex prefer = kNoIndex;
  std::uint32_t requirement = 0;  // own; number in the table of requirements, 0: none
  std::uint16_t steps_fired = 0;
  std::uint16_t steps_in_force = 0;
  std::uint32_t transfers = 0;
  Channel channel = Channel::kVoice;
  ContactState state = ContactState::kScheduled;
  bool escalated : 1 = false;
  bool prefer_declined : 1 = false;
  bool is_lost : 1 = false;  // wrapping: it closes `lost`

  // Derived.
  bool in_queue_order : 1 = false;
  bool in_class_order : 1 = false;
  bool counted_offered : 1 = false;
  bool dirty : 1 = false;
  bool hoping : 1 = false;  // set aside until its preferred agent changes, or prefer_for ends
  std::uint8_t timer_kind = 0;
  Instant timer_at = kNever;
  DemandClass* demand = nullptr;  // while it waits

  std::unique_ptr<ContactWishes> wishes{};
  std::unique_ptr<ContactOffers> offers{};
  std::unique_ptr<ContactPayload> payload{};

  bool Waits() const { return state == ContactState::kWaiting || state == ContactState::kOffered; }
  Duration WaitedAt(Instant now) const {
    return waited + (waiting_since == kNever ? Duration{0} : now - waiting_since);
  }
  Duration WaitedInQueueAt(Instant now) const {
    return waited_in_queue + (waiting_since == kNever ? Duration{0} : now - waiting_since);
  }
  bool HasOpenOffer() const { return offers != nullptr && !offers->open.empty(); }
  bool WasAskedInRound(AgentIndex asked) const;
  const LiveOffer* FindOpenOffer(AgentIndex asked) const;
  const EndedOffer* FindPastOffer(AgentIndex asked) const;
  std::optional<std::int32_t> MaxTier() const {
    return wishes ? wishes->max_tier : std::optional<std::int32_t>{};
  }

  // The contact that this one is a consult about; 0 where it is none.
  ContactId Consults() const { return wishes ? wishes->consults : ContactId{}; }
  // The open consult about this contact; 0 where there is none.
  ContactId OpenConsult() const { return wishes ? wishes->consult : ContactId{}; }
  // Who is never asked for it: of a consult, the agent who asks. kNoIndex: nobody.
  AgentIndex Barred() const { return wishes ? wishes->consulter : kNoIndex; }
  // One agent was asked and nobody else will be: it has no steps and no limits of its queue.
  bool IsDirectConsult() const { return wishes && wishes->is_direct_consult; }

  KeyParts Parts() const;
  void SetParts(const KeyParts& parts);

  ContactWishes& Wishes();
  ContactOffers& Offers();
  // An agent's offer ended; replaces what is remembered of her, except that she counts as asked in
  // the round when she was before.
  void RememberOffer(OfferId offer, AgentIndex asked, OfferEnd end, bool in_round);
  void EndRound();
  // The clocks stop: it no longer waits.
  void StopWaiting(Instant at);
};

// The order key that the parts make, for a contact that first waited at `arrived`.
OrderKey KeyOf(const KeyParts& parts, Instant arrived, std::uint64_t sequence);

}  // namespace usher::engine
