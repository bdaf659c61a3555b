// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "router/engine/domain.h"
#include "router/engine/event.h"
#include "router/engine/explain_words.h"
#include "router/engine/expression.h"
#include "router/engine/rows.h"
#include "router/engine/wait_estimate.h"
#include "router/engine/words.h"

namespace usher::engine {

// Law 11: why this agent, why is this still waiting, why is she idle. Answers as plain facts, found
// anew from a state and an instant by the same code that routes; nothing of them is stored. To
// explain something that is past, rebuild the state just before it (Restore, then Evolve) and ask
// that engine. explain_text.h puts them into words.
//
// Lists hold at most `limit` entries, the most telling first; the counts beside them are exact.
inline constexpr std::size_t kExplainLimit = 100;
// Within one agent's hurdle.
inline constexpr std::size_t kShortfallsMax = 16;
inline constexpr std::size_t kHoldingsMax = 16;

// A contact that holds room of an agent.
struct Holding {
  ContactId contact{};
  Channel channel = Channel::kVoice;
  HoldingKind kind = HoldingKind::kAssigned;
  std::optional<Instant> ends{};  // deadline of the offer, end of the wrap-up

  friend bool operator==(const Holding&, const Holding&) = default;
};

// What an agent holds against what she may hold, for one more contact of `channel`.
struct RoomFacts {
  RoomShortage shortage = RoomShortage::kNone;
  Channel channel = Channel::kVoice;          // of the newcomer
  std::map<Channel, std::int32_t> load{};     // zeros left out
  std::optional<std::int32_t> channel_max{};  // none: no profile, one contact at a time
  std::optional<Channel> beside{};            // kAlongside: what it may not be held with
  std::optional<std::int32_t> units{};        // of the profile, where it has them
  std::int64_t units_used = 0;
  std::int32_t cost = 0;            // of the newcomer, in units
  std::vector<Holding> holdings{};  // offered first, then assigned, then wrapping; bounded

  friend bool operator==(const RoomFacts&, const RoomFacts&) = default;
};

// What stops one agent from being asked for one contact, and the facts of it. What does not belong
// to `kind` is empty.
struct AgentHurdle {
  HurdleKind kind = HurdleKind::kNone;
  HurdleKind then = HurdleKind::kNone;     // what would stop her next if this were gone
  bool could_serve = false;                // member, channel, skills and tier are right
  std::optional<std::int32_t> tier{};      // hers for this contact; none: not a member
  std::optional<std::int32_t> max_tier{};  // kTierClosed: the limit; kTierBehind: tier being asked
  std::string reason{};                    // kNotReady
  std::optional<Instant> since{};          // kOffline, kNotReady: of that presence; kAskedNow: made
  // kAskedNow: deadline; kConsoleLost: grace; kRejectDelay; kPreferredWait; kRetryWait.
  std::optional<Instant> ends{};
  AgentId only{};                            // kAskedAlone, kPreferredWait: who is asked
  std::vector<SkillShortfall> shortfalls{};  // kWrongSkill; bounded
  std::optional<RoomFacts> room{};           // kNoRoom
  std::optional<OfferEnd> asked_end{};       // kAskedBefore: how her last offer ended
  std::optional<std::size_t> being_asked{};  // kEnoughAsked: so many
  std::vector<AgentId> fresh{};              // kAskedBefore: who was not asked; at most 3

  friend bool operator==(const AgentHurdle&, const AgentHurdle&) = default;
};

// An exact fraction; the denominator is above 0.
struct Fraction {
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;

  friend bool operator==(const Fraction&, const Fraction&) = default;
};

// The comparison of point 11, in its order: smaller is better, but `preferred` before not.
struct CandidateRank {
  bool preferred = false;
  std::int32_t tier = 0;
  // Of the queue's strategy: best-skill is negative, 0 where the strategy has none. least-busy and
  // least-loaded are shares; the others are whole.
  Fraction value{};
  bool holds = false;  // a live, offered or wrapping contact
  Instant idle_since{};
  // Then the id of the agent, by bytes.
  // Of the random strategies: her part [draw_from, draw_from + draw_width) of the draw; width 0
  // where she could not be drawn.
  std::uint64_t draw_from = 0;
  std::uint64_t draw_width = 0;

  friend bool operator==(const CandidateRank&, const CandidateRank&) = default;
};

// One agent and one contact: a candidate with her rank, or stopped by a hurdle.
struct AgentStanding {
  AgentId agent{};
  AgentHurdle hurdle{};                 // kNone: a candidate
  std::optional<CandidateRank> rank{};  // of a candidate

  friend bool operator==(const AgentStanding&, const AgentStanding&) = default;
};

// All members of the contact's queues. Candidates come first, best first; then the others, those
// who got furthest first, by id within one hurdle.
struct StandingTable {
  std::vector<AgentStanding> agents{};
  std::size_t members = 0;                     // in all
  std::size_t candidates = 0;                  // of these
  std::size_t could_serve = 0;                 // of members: right but for what they do now
  std::size_t could_serve_signed_in = 0;       // of these
  std::map<HurdleKind, std::size_t> counts{};  // of the others, zeros left out

  friend bool operator==(const StandingTable&, const StandingTable&) = default;
};

// The contact as routing sees it.
struct ContactFacts {
  ContactId contact{};
  ContactState state = ContactState::kWaiting;
  QueueId queue{};
  Channel channel = Channel::kVoice;
  Strategy strategy = Strategy::kLongestIdle;  // of its queue
  OrderKey key{};                              // its place in the order of law 1
  KeyParts parts{};                            // where that comes from
  Instant arrived{};
  Duration waited{0};
  Duration waited_in_queue{0};
  // What it requires, in the canonical spelling: all, the part of the queue or of a step, its own.
  std::string requirement{};
  std::string queue_requirement{};
  std::uint32_t requirement_step = 0;  // the step (from 1) that gave that part; 0: the queue
  std::string own_requirement{};
  std::uint32_t steps = 0;                 // of its queue
  std::uint32_t steps_fired = 0;           // past by time
  std::uint32_t steps_in_force = 0;        // at least those; more where steps were skipped
  std::optional<std::int32_t> max_tier{};  // the limit; none: every tier is open
  std::vector<QueueId> also{};             // queues that steps added
  AgentId prefer{};
  bool prefer_declined = false;           // she rejected or missed it
  std::optional<Instant> prefer_until{};  // while nobody else is asked for her sake
  std::size_t offers_allowed = 1;         // outstanding at once; SIZE_MAX: all
  std::vector<OpenOffer> offers{};        // outstanding, in the order of making
  std::vector<PastOffer> past_offers{};   // latest last; the last `limit` of them
  std::size_t past_offers_total = 0;
  std::optional<Instant> offer_again_from{};  // while it pauses

  friend bool operator==(const ContactFacts&, const ContactFacts&) = default;
};

// A contact that waits, as one agent meets it.
struct ContactStanding {
  ContactId contact{};
  QueueId queue{};
  Channel channel = Channel::kVoice;
  OrderKey key{};
  AgentHurdle hurdle{};

  friend bool operator==(const ContactStanding&, const ContactStanding&) = default;
};

// Contacts of an agent's queues in the order of law 1.
struct ContactStandings {
  std::vector<ContactStanding> contacts{};
  std::size_t total = 0;
  std::size_t offered = 0;  // AgentExplanation: left out, for they are being offered to somebody
  std::map<HurdleKind, std::size_t> counts{};  // of all, zeros left out

  friend bool operator==(const ContactStandings&, const ContactStandings&) = default;
};

// The draw of a random strategy.
struct DrawFacts {
  std::uint64_t value = 0;  // of the generator
  std::uint64_t of = 1;     // number of candidates of the lowest tier, or sum of weights
  std::uint64_t point = 0;  // value modulo `of`: falls into the part of who is asked

  friend bool operator==(const DrawFacts&, const DrawFacts&) = default;
};

// Why this agent.
struct OfferExplanation {
  OfferId offer{};
  AgentId agent{};  // of the event
  Instant at{};
  Instant deadline{};
  std::uint64_t version = 0;  // of the configuration
  OfferWay way = OfferWay::kStrategy;
  bool new_round = false;  // everyone present had been asked
  ContactFacts contact{};
  // The best of the table: the agent of the event, unless the state is not that of the moment
  // before. A transfer looks at nobody else; there the table only shows how the others stood.
  AgentId best{};
  Decider decider = Decider::kNobodyElse;
  std::optional<DrawFacts> draw{};
  StandingTable table{};
  // What stood ahead of this contact in the agent's queues, and was not hers.
  ContactStandings ahead{};

  friend bool operator==(const OfferExplanation&, const OfferExplanation&) = default;
};

// One thing that ends the waiting, or changes who may be asked. What does not belong to `kind` is
// empty.
struct WaitEnd {
  WaitEndKind kind = WaitEndKind::kNobodyCan;
  std::optional<Instant> at{};
  AgentId agent{};                      // whose offer, room, console, presence
  HurdleKind then = HurdleKind::kNone;  // what would stop her next; kNone: she would be asked
  // kStep:
  std::uint32_t step = 0;  // from 1
  bool in_force = false;   // its requirement, tiers and queues hold already: it was skipped to
  QueueId overflow{};      // moves there
  bool gives_up = false;
  bool offers_callback = false;
  // Signed-in agents who could serve it after the step, and those of them who cannot before.
  std::size_t agents_after = 0;
  std::size_t agents_added = 0;
  // kRoomFrees: what she holds. kSignsIn: so many could (`agent` names the first by id).
  std::vector<Holding> holdings{};
  std::size_t agents = 0;

  friend bool operator==(const WaitEnd&, const WaitEnd&) = default;
};

// Why a contact still waits, and what would end that.
struct ContactExplanation {
  Instant at{};
  std::uint64_t version = 0;
  Refusal why = Refusal::kNotWaiting;  // point 41
  ContactFacts contact{};
  AgentId agent{};           // assigned, held, wrapping: with whom
  std::size_t position = 0;  // 1-based in its queue; 0: does not wait
  std::optional<WaitEstimate> estimated_wait{};
  StandingTable table{};  // of a contact that waits
  // What has an instant first, by instant; then what agents can do, nearest first, by id. At most
  // `limit` of each half.
  std::vector<WaitEnd> ends{};

  friend bool operator==(const ContactExplanation&, const ContactExplanation&) = default;
};

// Why an agent is idle: none of what waits is hers.
struct AgentExplanation {
  Instant at{};
  std::uint64_t version = 0;
  AgentId agent{};
  Refusal why = Refusal::kNone;  // point 41; NO_CONTACTS: nothing waits in her queues
  Presence presence = Presence::kOffline;
  std::string reason{};
  Instant presence_since{};
  std::optional<Instant> grace_ends{};
  std::optional<Instant> reject_delay_ends{};  // while it lasts
  Instant idle_since{};
  std::map<Channel, std::int32_t> load{};
  std::vector<Holding> holdings{};  // bounded
  std::size_t held = 0;             // on hold; they take no room
  // Contacts that wait (not those being offered) where she is a member, and how each is not hers.
  ContactStandings waiting{};

  friend bool operator==(const AgentExplanation&, const AgentExplanation&) = default;
};

}  // namespace usher::engine
