// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace usher::engine {

// The closed vocabularies of routing. Numbers are stored: they are never reused or renumbered.
// ToString gives the word that scenario files, consoles and logs use.

enum class ContactState : std::uint8_t {
  kScheduled = 0,  // waits for its not_before
  kWaiting = 1,
  kOffered = 2,  // still waits, and at least one agent is being asked
  kAssigned = 3,
  kHeld = 4,  // put on hold by its agent; holds no room
  kWrapping = 5,
  kClosed = 6,
};
std::string_view ToString(ContactState state);

// How a contact ended.
enum class ContactOutcome : std::uint8_t {
  kCompleted = 0,
  kAbandoned = 1,
  kCancelled = 2,
  kTimedOut = 3,
  kRefused = 4,
  kLost = 5,  // its adapter is gone
};
std::string_view ToString(ContactOutcome outcome);

enum class Presence : std::uint8_t { kOffline = 0, kAvailable = 1, kNotReady = 2 };
std::string_view ToString(Presence presence);

// How an offer ended.
enum class OfferEnd : std::uint8_t { kAccepted = 0, kRejected = 1, kMissed = 2, kWithdrawn = 3 };
std::string_view ToString(OfferEnd end);

// Why a contact entered a queue.
enum class QueuedBy : std::uint8_t {
  kSubmit = 0,
  kSchedule = 1,  // its not_before came
  kTransfer = 2,
  kUpdate = 3,
  kAgentLost = 4,  // its agent went offline
  kReturn = 5,     // the customer came back from hold and the agent had no room
  kConsult = 6,    // an agent asks a colleague about a contact of hers
  kHoldLimit = 7,  // it was on hold for as long as its queue allows
};
std::string_view ToString(QueuedBy by);
// Whether the contact comes back from its agent: the queue's clocks go on where they stood.
constexpr bool IsBack(QueuedBy by) {
  return by == QueuedBy::kAgentLost || by == QueuedBy::kReturn || by == QueuedBy::kHoldLimit;
}

// How a contact came to its agent.
enum class AssignedBy : std::uint8_t {
  kOffer = 0,       // she accepted it
  kPull = 1,        // she took it by hand
  kSupervisor = 2,  // a supervisor gave it to her
  kConsult = 3,     // she was consulted about it, and then it was transferred to her
};
std::string_view ToString(AssignedBy by);

// Why a contact is moved from hand to hand.
enum class TransferKind : std::uint8_t { kToQueue = 0, kToAgent = 1, kEscalation = 2 };
std::string_view ToString(TransferKind kind);

// Why an agent went offline.
enum class SignOutCause : std::uint8_t { kSignedOut = 0, kConsoleLost = 1, kRemoved = 2 };
std::string_view ToString(SignOutCause cause);

// Why an offer was taken back.
enum class WithdrawCause : std::uint8_t {
  kClosed = 0,         // the contact closed
  kTaken = 1,          // another agent accepted
  kAgentNotReady = 2,  // or offline
  kMoved = 3,          // `update` moved the contact
  kConsoleLost = 4,    // the deadline came while the console was lost
};
std::string_view ToString(WithdrawCause cause);

// The answers of a command that was refused, and of "why is it still waiting", "why is she idle".
enum class Refusal : std::uint8_t {
  kUnknownContact = 0,
  kUnknownAgent = 1,
  kUnknownQueue = 2,
  kUnknownReason = 3,
  kBadRequirement = 4,
  kDuplicate = 5,
  kContactClosed = 6,
  kWrongState = 7,
  kNotYours = 8,
  kNotOffered = 9,
  kOfferMissed = 10,
  kOfferRejected = 11,
  kOfferWithdrawn = 12,
  kTaken = 13,
  kOffered = 14,
  kOffline = 15,
  kNotReady = 16,
  kConsoleLost = 17,
  kNotMember = 18,
  kWrongChannel = 19,
  kWrongSkill = 20,
  kNoRoom = 21,
  kQueueFull = 22,
  kHoursClosed = 23,
  kNoAgents = 24,
  kTransferLimit = 25,
  kEscalated = 26,
  kQueueInUse = 27,
  // Only as a reason why somebody waits:
  kScheduled = 28,
  kNotWaiting = 29,
  kRetryWait = 30,
  kPreferredWait = 31,
  kTierClosed = 32,
  kRejectDelay = 33,
  kNoContacts = 34,
  // A bound of the engine was reached (texts, attributes, agents, contacts):
  kTooLarge = 35,
  kNone = 36,  // nothing stands in the way
};
std::string_view ToString(Refusal refusal);  // "NO_ROOM"
std::optional<Refusal> FindRefusal(std::string_view word);
std::span<const std::string_view> RefusalWords();  // all of them

}  // namespace usher::engine
