// SPDX-License-Identifier: Apache-2.0
#include "router/service/refusals.h"

#include <string>
#include <string_view>

#include "base/check.h"
#include "router/engine/words.h"

namespace usher::service {

namespace {

struct Advice {
  Code code;
  std::string_view next_step;
};

Advice AdviceFor(engine::Refusal refusal) {
  using enum engine::Refusal;
  switch (refusal) {
    case kUnknownContact:
      return {Code::kNotFound, "list the open contacts; closed ones are kept for a while only"};
    case kUnknownAgent:
    case kUnknownQueue:
      return {Code::kNotFound, "use an id of the domain file, or apply one that declares it"};
    case kUnknownReason:
      return {Code::kInvalidArgument, "use one of the reasons that the domain file declares"};
    case kBadRequirement:
      return {Code::kInvalidArgument,
              "correct the requirement; skills are those of the domain file"};
    case kDuplicate:
      return {Code::kAlreadyExists, "use the contact that has this external id"};
    case kContactClosed:
      return {Code::kFailedPrecondition, "submit a new contact"};
    case kWrongState:
      return {Code::kFailedPrecondition, "read the contact and act upon its present state"};
    case kNotYours:
      return {Code::kPermissionDenied, "only the agent who has the contact can do this"};
    case kNotOffered:
      return {Code::kFailedPrecondition, "wait for an offer, or pull the contact by hand"};
    case kOfferMissed:
    case kOfferRejected:
    case kOfferWithdrawn:
      return {Code::kFailedPrecondition, "the offer is over; wait for the next one"};
    case kTaken:
      return {Code::kFailedPrecondition, "another agent has the contact"};
    case kOffered:
      return {Code::kFailedPrecondition, "another agent is being asked; try again after that"};
    case kOffline:
      return {Code::kFailedPrecondition, "sign in first"};
    case kNotReady:
      return {Code::kFailedPrecondition, "the agent must be available"};
    case kConsoleLost:
      return {Code::kFailedPrecondition, "the agent's console is not connected; choose another"};
    case kNotMember:
      return {Code::kFailedPrecondition, "add the agent to the queue in the domain file"};
    case kWrongChannel:
      return {Code::kFailedPrecondition, "choose one that takes this channel"};
    case kWrongSkill:
      return {Code::kFailedPrecondition, "choose an agent who has the skills, or relax them"};
    case kNoRoom:
      return {Code::kResourceExhausted, "try again when the agent has room, or choose another"};
    case kQueueFull:
      return {Code::kResourceExhausted, "try again later, or submit to another queue"};
    case kHoursClosed:
      return {Code::kFailedPrecondition, "submit within the queue's hours, or with not_before"};
    case kNoAgents:
      return {Code::kFailedPrecondition, "try again when an agent of the queue is signed in"};
    case kTransferLimit:
      return {Code::kFailedPrecondition, "keep the contact, or ask a supervisor to move it"};
    case kEscalated:
      return {Code::kPermissionDenied, "only a supervisor may move an escalated contact"};
    case kQueueInUse:
      return {Code::kFailedPrecondition, "move or close the queue's contacts before removing it"};
    case kTooLarge:
      return {Code::kInvalidArgument, "send less; the limits stand in the reference"};
    case kScheduled:
    case kNotWaiting:
    case kRetryWait:
    case kPreferredWait:
    case kTierClosed:
    case kRejectDelay:
    case kNoContacts:
    case kNone:
      return {Code::kFailedPrecondition, "read the contact and act upon its present state"};
  }
  return {Code::kInternal, "report this"};
}

}  // namespace

Error ToError(const engine::Outcome& outcome) {
  USHER_CHECK(outcome.refusal.has_value(), "only a refusal is an error");
  const Advice advice = AdviceFor(*outcome.refusal);
  const std::string_view word = engine::ToString(*outcome.refusal);
  return {advice.code, std::string(word), outcome.text.empty() ? std::string(word) : outcome.text,
          std::string(advice.next_step)};
}

}  // namespace usher::service
