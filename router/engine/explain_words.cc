// SPDX-License-Identifier: Apache-2.0
#include "router/engine/explain_words.h"

#include <cstddef>

#include "base/check.h"

namespace usher::engine {
namespace {

template <std::size_t size, class Kind>
std::string_view WordOf(const std::array<std::string_view, size>& words, Kind kind) {
  const auto number = static_cast<std::size_t>(kind);
  USHER_CHECK(number < size, "a number outside its vocabulary");
  return words[number];
}

constexpr std::array<std::string_view, kHurdleKindCount> kHurdles = {
    "NONE",         "ASKED_NOW",   "NOT_MEMBER",   "OFFLINE",        "WRONG_CHANNEL",
    "WRONG_SKILL",  "TIER_CLOSED", "NOT_READY",    "CONSOLE_LOST",   "REJECT_DELAY",
    "NO_ROOM",      "ASKED_ALONE", "ENOUGH_ASKED", "PREFERRED_WAIT", "RETRY_WAIT",
    "ASKED_BEFORE", "TIER_BEHIND"};
constexpr std::array<std::string_view, kRoomShortageCount> kShortages = {
    "none", "not-served", "one-at-a-time", "channel-full", "alongside", "units"};
constexpr std::array<std::string_view, kHoldingKindCount> kHoldings = {"offered", "assigned",
                                                                       "wrapping"};
constexpr std::array<std::string_view, kOfferWayCount> kWays = {"strategy", "preferred",
                                                                "transfer"};
constexpr std::array<std::string_view, kDeciderCount> kDeciders = {
    "nobody-else", "preferred", "tier", "strategy", "holds-nothing",
    "idle-since",  "id",        "draw", "transfer"};
constexpr std::array<std::string_view, kWaitEndKindCount> kEnds = {
    "arrival",    "offer-ends",   "retry-ends",    "preferred-ends",    "one-more-asked",
    "step",       "wait-limit",   "empty-queue",   "reject-delay-ends", "hold-limit",
    "room-frees", "console-back", "becomes-ready", "signs-in",          "nobody-can"};

}  // namespace

std::string_view ToString(HurdleKind kind) { return WordOf(kHurdles, kind); }
std::string_view ToString(RoomShortage shortage) { return WordOf(kShortages, shortage); }
std::string_view ToString(HoldingKind kind) { return WordOf(kHoldings, kind); }
std::string_view ToString(OfferWay way) { return WordOf(kWays, way); }
std::string_view ToString(Decider decider) { return WordOf(kDeciders, decider); }
std::string_view ToString(WaitEndKind kind) { return WordOf(kEnds, kind); }

}  // namespace usher::engine
