// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "router/engine/words.h"

namespace usher::engine {

// The closed vocabularies of explanations. Numbers may be stored and sent: they are never reused.

// What stands between an agent and a contact that waits. An agent is stopped by the first that
// holds, in the order of kHurdleOrder: first what she is, then what she does now, then what the
// contact does now.
enum class HurdleKind : std::uint8_t {
  kNone = 0,       // nothing: she is a candidate
  kAskedNow = 1,   // her own offer of it is outstanding
  kNotMember = 2,  // she serves none of the contact's queues
  kOffline = 3,    // not signed in
  kWrongChannel = 4,
  kWrongSkill = 5,
  kTierClosed = 6,  // her tier is above the contact's limit
  kNotReady = 7,
  kConsoleLost = 8,
  kRejectDelay = 9,  // she rejected something a moment ago
  kNoRoom = 10,
  kAskedAlone = 11,     // it was transferred to another agent, who alone is asked
  kEnoughAsked = 12,    // as many are being asked as its queue allows
  kPreferredWait = 13,  // only its preferred agent is asked for now
  kRetryWait = 14,      // it pauses after a reject or a miss
  kAskedBefore = 15,    // she was asked in this round, and a candidate is there who was not
  kTierBehind = 16,     // of a broadcast: agents of a lower tier are being asked
};
inline constexpr int kHurdleKindCount = 17;
inline constexpr std::array kHurdleOrder = {
    HurdleKind::kAskedNow,      HurdleKind::kNotMember,   HurdleKind::kOffline,
    HurdleKind::kWrongChannel,  HurdleKind::kWrongSkill,  HurdleKind::kTierClosed,
    HurdleKind::kNotReady,      HurdleKind::kConsoleLost, HurdleKind::kRejectDelay,
    HurdleKind::kNoRoom,        HurdleKind::kAskedAlone,  HurdleKind::kEnoughAsked,
    HurdleKind::kPreferredWait, HurdleKind::kRetryWait,   HurdleKind::kAskedBefore,
    HurdleKind::kTierBehind};
std::string_view ToString(HurdleKind kind);  // "NO_ROOM"

// Which of an agent's limits is full (law 8), in the order in which they are looked at.
enum class RoomShortage : std::uint8_t {
  kNone = 0,
  kNotServed = 1,    // the channel is not hers at all
  kOneAtATime = 2,   // no profile, and she holds a contact
  kChannelFull = 3,  // the channel's `max`
  kAlongside = 4,    // she holds what the channel's `while` does not list
  kUnits = 5,        // its cost does not fit in her units
};
inline constexpr int kRoomShortageCount = 6;
std::string_view ToString(RoomShortage shortage);  // "channel-full"

// How an agent comes to hold room for a contact.
enum class HoldingKind : std::uint8_t { kOffered = 0, kAssigned = 1, kWrapping = 2 };
inline constexpr int kHoldingKindCount = 3;
std::string_view ToString(HoldingKind kind);

// How the agent of an offer was found.
enum class OfferWay : std::uint8_t {
  kStrategy = 0,   // best of the candidates
  kPreferred = 1,  // the contact's preferred agent, before tier and strategy
  kTransfer = 2,   // the contact was transferred to her; nobody else was looked at
};
inline constexpr int kOfferWayCount = 3;
std::string_view ToString(OfferWay way);

// The first part of the comparison (point 11 of the semantics) in which the best candidate differs
// from the next.
enum class Decider : std::uint8_t {
  kNobodyElse = 0,  // she was the only candidate
  kPreferred = 1,
  kTier = 2,
  kStrategy = 3,
  kHoldsNothing = 4,
  kIdleSince = 5,
  kId = 6,
  kDraw = 7,      // of a random strategy
  kTransfer = 8,  // there was no comparison
};
inline constexpr int kDeciderCount = 9;
std::string_view ToString(Decider decider);

// What can end the waiting of a contact, or change who may be asked.
enum class WaitEndKind : std::uint8_t {
  // At an instant:
  kArrival = 0,          // a scheduled contact begins to wait
  kOfferEnds = 1,        // the deadline of an outstanding offer
  kRetryEnds = 2,        // the pause after a reject or a miss is over
  kPreferredEnds = 3,    // everyone is asked from then on
  kOneMoreAsked = 4,     // progressive: one more may be asked
  kStep = 5,             // a step of the queue
  kWaitLimit = 6,        // closes it, timed-out
  kEmptyQueue = 7,       // closes it, refused: nobody signed in serves its queue
  kRejectDelayEnds = 8,  // an agent may be asked again
  kHoldLimit = 9,        // on hold: it waits in its queue again
  // When somebody does something:
  kRoomFrees = 10,     // an agent finishes something; `at` where an end is known
  kConsoleBack = 11,   // an agent's console comes back; at `at` she goes offline instead
  kBecomesReady = 12,  // an agent makes herself available
  kSignsIn = 13,       // an agent who could serve it signs in
  kNobodyCan = 14,     // no agent of the configuration could serve it as it asks now
};
inline constexpr int kWaitEndKindCount = 15;
std::string_view ToString(WaitEndKind kind);

}  // namespace usher::engine
