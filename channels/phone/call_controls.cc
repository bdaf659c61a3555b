// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/io/proto_time.h"
#include "channels/phone/call.h"

namespace usher::phone {

using routing::v1::CallLeg;
using Where = Call::Leg::Where;

// What people want done with the sound of a call, and what they are shown of it.

namespace {

Error Refused(const char* reason, std::string message, std::string next_step) {
  return {Code::kFailedPrecondition, reason, std::move(message), std::move(next_step)};
}

}  // namespace

Result<void> Call::Control(const std::string& by, const routing::v1::CallControl& control) {
  using routing::v1::CallControl;
  if (control.action_case() == CallControl::kSupervise) {
    return Supervise(by, control.supervise().mode());
  }
  if (!talking()) {
    return Refused("NOT_TALKING", "nobody talks in call " + contact_,
                   "wait until an agent has the call");
  }
  Leg* agent = FindAgent(agent_, contact_);
  switch (control.action_case()) {
    case CallControl::kMute:
      if (agent == nullptr || !agent->up) {
        return Refused("NO_SUCH_LEG", "the agent's telephone is not in the call",
                       "answer the telephone first");
      }
      agent->muted = control.mute().muted();
      setting_.line.Mute(agent->id, agent->muted);
      break;
    case CallControl::kDigits:
      for (const Leg& leg : legs_) {
        const bool outside =
            leg.party == CallLeg::PARTY_CUSTOMER || leg.party == CallLeg::PARTY_OUTSIDE;
        if (outside && leg.up && leg.where == Where::kTalk) {
          setting_.line.SendDigits(leg.id, control.digits().digits());
        }
      }
      break;
    case CallControl::kPauseRecording:
      if (recording_.empty()) {
        return Refused("NOT_RECORDED", "call " + contact_ + " is not recorded",
                       "nothing needs to be done");
      }
      recording_paused_ = control.pause_recording().paused();
      setting_.line.PauseRecording(recording_, recording_paused_);
      break;
    case CallControl::kDialOut:
      if (Result<void> done = DialOut(control.dial_out().number(), Then::kAsk); !done.ok()) {
        return done;
      }
      break;
    case CallControl::kJoin:
      joined_ = true;
      if (stage_ == Stage::kHeld) setting_.desk.Hold(contact_, agent_, false);
      break;
    case CallControl::kDrop: {
      Leg* leg = Find(control.drop().leg_id());
      if (leg == nullptr) {
        return Error{Code::kNotFound, "NO_SUCH_LEG", "the call has no such leg",
                     "look at the call's state for its legs"};
      }
      HangUp(*leg);
      break;
    }
    case CallControl::kPassOutside:
      if (Result<void> done = PassOutside(control.pass_outside()); !done.ok()) return done;
      break;
    case CallControl::kDialCustomer:
      if (has_customer()) {
        return Refused("CUSTOMER_THERE", "the customer is in the call, or being called",
                       "hang that leg up first");
      }
      if (!IsNumber(number_) || setting_.rules.AddressOutside(number_).empty()) {
        return Refused("NO_NUMBER", "the customer has no number that can be called from here",
                       "set outside_address in the phone file, or dial out by number");
      }
      callback_ = true;
      dialled_ = false;
      break;
    default:
      return Error{Code::kInvalidArgument, "NO_CONTROL", "the control is empty", "name an action"};
  }
  Changed();
  return {};
}

Result<void> Call::DialOut(const std::string& number, Then then) {
  const std::string address = IsNumber(number) ? setting_.rules.AddressOutside(number) : "";
  if (address.empty()) {
    return Error{Code::kInvalidArgument, "BAD_NUMBER", "the number cannot be called from here",
                 "give digits, with + or * or # where needed; outside_address must be set"};
  }
  if (legs_.size() >= kLegsMax) {
    return Error{Code::kResourceExhausted, "CALL_FULL", "the call has as many legs as it may",
                 "drop a leg first"};
  }
  Leg leg{.id = MakeLegName(setting_.application, {LegName::Kind::kOutside, contact_, {}}),
          .party = CallLeg::PARTY_OUTSIDE,
          .address = number};
  joined_ = false;
  if (then == Then::kPass) passing_ = leg.id;
  Dial(
      std::move(leg),
      {.address = address, .caller_id = rules().caller_id, .timeout = setting_.rules.outside_ring});
  return {};
}

Result<void> Call::PassOutside(const routing::v1::PassOutside& pass) {
  if (!has_customer()) {
    return Refused("NO_CUSTOMER", "the customer is not in the call", "call the customer first");
  }
  if (pass.target_case() == routing::v1::PassOutside::kNumber) {
    return DialOut(pass.number(), Then::kPass);
  }
  const Leg* leg = Find(pass.leg_id());
  if (leg == nullptr || leg->party != CallLeg::PARTY_OUTSIDE) {
    return Error{Code::kNotFound, "NO_SUCH_LEG", "the call has no such leg outside",
                 "look at the call's state for its legs"};
  }
  if (!leg->up) {
    passing_ = leg->id;
    return {};
  }
  passed_ = true;
  setting_.desk.Complete(contact_, agent_);
  return {};
}

Result<void> Call::Supervise(const std::string& by, routing::v1::SupervisionMode mode) {
  const auto found = std::find_if(legs_.begin(), legs_.end(), [&](const Leg& leg) {
    return leg.party == CallLeg::PARTY_SUPERVISOR && leg.agent == by && !leg.told_to_end;
  });
  if (mode == routing::v1::SUPERVISION_MODE_UNSPECIFIED) {
    if (found == legs_.end()) {
      return Refused("NOT_IN_CALL", "nobody of that name listens", "nothing needs to be done");
    }
    HangUp(*found);
    Changed();
    return {};
  }
  if (!talking()) {
    return Refused("NOT_TALKING", "nobody talks in call " + contact_,
                   "wait until an agent has the call");
  }
  if (found != legs_.end()) {
    if (found->mode != mode && !found->snoop.empty()) {
      setting_.line.HangUp(std::exchange(found->snoop, {}));  // its way of hearing cannot change
    }
    found->mode = mode;
    Changed();
    return {};
  }
  if (legs_.size() >= kLegsMax) {
    return Error{Code::kResourceExhausted, "CALL_FULL", "the call has as many legs as it may",
                 "drop a leg first"};
  }
  Leg leg{.id = MakeLegName(setting_.application, {LegName::Kind::kSupervisor, contact_, by}),
          .party = CallLeg::PARTY_SUPERVISOR,
          .agent = by};
  leg.mode = mode;
  Dial(std::move(leg),
       {.address = setting_.rules.AddressOf(by), .timeout = setting_.rules.outside_ring});
  Changed();
  return {};
}

routing::v1::CallState Call::State() const {
  routing::v1::CallState state;
  state.set_contact_id(contact_);
  const auto add = [&](const Leg& leg) {
    if (leg.told_to_end) return;
    CallLeg& out = *state.add_legs();
    out.set_id(leg.id);
    out.set_party(leg.party);
    out.set_agent_id(leg.agent);
    if (!withheld_ || leg.party != CallLeg::PARTY_CUSTOMER) out.set_address(leg.address);
    out.set_state(StateOf(leg));
    out.set_muted(leg.muted);
    out.set_mode(leg.mode);
    if (leg.lasting.state != out.state() || leg.lasting.since == Instant{}) return;
    *out.mutable_since() = io::ToProto(leg.lasting.since);
  };
  for (const Leg& leg : legs_) {
    if (leg.party == CallLeg::PARTY_CUSTOMER) add(leg);
  }
  for (const Leg& leg : legs_) {
    if (leg.party != CallLeg::PARTY_CUSTOMER) add(leg);
  }
  if (!recording_.empty()) {
    state.set_recording(recording_paused_ ? routing::v1::RECORDING_STATE_PAUSED
                                          : routing::v1::RECORDING_STATE_ON);
  }
  if (!rules().record) state.add_cannot("record");
  if (setting_.rules.outside_address.empty()) state.add_cannot("outside");
  return state;
}

}  // namespace usher::phone
