// SPDX-License-Identifier: Apache-2.0
#include "router/engine/words.h"

#include <array>
#include <cstddef>

#include "base/check.h"

namespace usher::engine {
namespace {

template <std::size_t size>
std::string_view WordOf(const std::array<std::string_view, size>& words, std::size_t number) {
  USHER_CHECK(number < size, "a number outside its vocabulary");
  return words[number];
}

constexpr std::array<std::string_view, 7> kStates = {"scheduled", "waiting",  "offered", "assigned",
                                                     "held",      "wrapping", "closed"};
constexpr std::array<std::string_view, 6> kOutcomes = {"completed", "abandoned", "cancelled",
                                                       "timed-out", "refused",   "lost"};
constexpr std::array<std::string_view, 3> kPresences = {"offline", "available", "not-ready"};
constexpr std::array<std::string_view, 4> kOfferEnds = {"accepted", "rejected", "missed",
                                                        "withdrawn"};
constexpr std::array<std::string_view, 8> kQueuedBy = {
    "submit", "schedule", "transfer", "update", "agent-lost", "return", "consult", "hold-limit"};
constexpr std::array<std::string_view, 4> kAssignedBy = {"offer", "pull", "supervisor", "consult"};
constexpr std::array<std::string_view, 3> kTransferKinds = {"to-queue", "to-agent", "escalation"};
constexpr std::array<std::string_view, 3> kSignOutCauses = {"signed-out", "console-lost",
                                                            "removed"};
constexpr std::array<std::string_view, 5> kWithdrawCauses = {"closed", "taken", "agent-not-ready",
                                                             "moved", "console-lost"};
constexpr std::array<std::string_view, 37> kRefusals = {"UNKNOWN_CONTACT",
                                                        "UNKNOWN_AGENT",
                                                        "UNKNOWN_QUEUE",
                                                        "UNKNOWN_REASON",
                                                        "BAD_REQUIREMENT",
                                                        "DUPLICATE",
                                                        "CONTACT_CLOSED",
                                                        "WRONG_STATE",
                                                        "NOT_YOURS",
                                                        "NOT_OFFERED",
                                                        "OFFER_MISSED",
                                                        "OFFER_REJECTED",
                                                        "OFFER_WITHDRAWN",
                                                        "TAKEN",
                                                        "OFFERED",
                                                        "OFFLINE",
                                                        "NOT_READY",
                                                        "CONSOLE_LOST",
                                                        "NOT_MEMBER",
                                                        "WRONG_CHANNEL",
                                                        "WRONG_SKILL",
                                                        "NO_ROOM",
                                                        "QUEUE_FULL",
                                                        "HOURS_CLOSED",
                                                        "NO_AGENTS",
                                                        "TRANSFER_LIMIT",
                                                        "ESCALATED",
                                                        "QUEUE_IN_USE",
                                                        "SCHEDULED",
                                                        "NOT_WAITING",
                                                        "RETRY_WAIT",
                                                        "PREFERRED_WAIT",
                                                        "TIER_CLOSED",
                                                        "REJECT_DELAY",
                                                        "NO_CONTACTS",
                                                        "TOO_LARGE",
                                                        "NONE"};

}  // namespace

std::string_view ToString(ContactState state) {
  return WordOf(kStates, static_cast<std::size_t>(state));
}
std::string_view ToString(ContactOutcome outcome) {
  return WordOf(kOutcomes, static_cast<std::size_t>(outcome));
}
std::string_view ToString(Presence presence) {
  return WordOf(kPresences, static_cast<std::size_t>(presence));
}
std::string_view ToString(OfferEnd end) {
  return WordOf(kOfferEnds, static_cast<std::size_t>(end));
}
std::string_view ToString(QueuedBy by) { return WordOf(kQueuedBy, static_cast<std::size_t>(by)); }
std::string_view ToString(AssignedBy by) {
  return WordOf(kAssignedBy, static_cast<std::size_t>(by));
}
std::string_view ToString(TransferKind kind) {
  return WordOf(kTransferKinds, static_cast<std::size_t>(kind));
}
std::string_view ToString(SignOutCause cause) {
  return WordOf(kSignOutCauses, static_cast<std::size_t>(cause));
}
std::string_view ToString(WithdrawCause cause) {
  return WordOf(kWithdrawCauses, static_cast<std::size_t>(cause));
}
std::string_view ToString(Refusal refusal) {
  return WordOf(kRefusals, static_cast<std::size_t>(refusal));
}

std::optional<Refusal> FindRefusal(std::string_view word) {
  for (std::size_t i = 0; i < kRefusals.size(); ++i) {
    if (kRefusals[i] == word) return static_cast<Refusal>(i);
  }
  return std::nullopt;
}

std::span<const std::string_view> RefusalWords() { return kRefusals; }

}  // namespace usher::engine
