// SPDX-License-Identifier: Apache-2.0
#include "router/service/call_rules.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "router/service/mail_rules.h"
#include "router/service/outside_event.h"

namespace usher::service {

namespace {

using routing::v1::CallControl;

constexpr std::size_t kNumberBytesMax = 64;
constexpr std::size_t kDigitsMax = 32;
constexpr std::size_t kIdBytesMax = 128;
constexpr std::size_t kSubjectBytesMax = 256;

Error Bad(const char* reason, const std::string& what, const std::string& next_step) {
  return {Code::kInvalidArgument, reason, what, next_step};
}

// As people write numbers and telephones dial them: what an adapter makes of it is its own matter,
// but it never gets what could be more than a number.
Result<void> CheckNumber(const std::string& number) {
  constexpr std::string_view kPunctuation = " +*#-./()";
  const bool has_digit =
      std::any_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  const bool sound = std::all_of(number.begin(), number.end(), [&](char c) {
    return (c >= '0' && c <= '9') || kPunctuation.find(c) != std::string_view::npos;
  });
  if (sound && has_digit && number.size() <= kNumberBytesMax) return {};
  return Bad("BAD_NUMBER", "this is no telephone number",
             "use digits, with + * # and spaces where needed, up to 64 characters");
}

Result<void> CheckDigits(const std::string& digits) {
  constexpr std::string_view kKeys = "0123456789*#ABCD";
  const bool sound = std::all_of(digits.begin(), digits.end(),
                                 [&](char c) { return kKeys.find(c) != std::string_view::npos; });
  if (sound && !digits.empty() && digits.size() <= kDigitsMax) return {};
  return Bad("BAD_DIGITS", "these are no keys of a telephone",
             "send 1 to 32 of 0 to 9, *, #, A to D");
}

Result<void> CheckLeg(const std::string& leg_id) {
  if (!leg_id.empty() && leg_id.size() <= kIdBytesMax) return {};
  return Bad("BAD_CONTROL", "the control names no leg of the call",
             "use an id of the call's state");
}

}  // namespace

Result<void> CheckControl(const CallControl& control) {
  switch (control.action_case()) {
    case CallControl::kDigits:
      return CheckDigits(control.digits().digits());
    case CallControl::kDialOut:
      return CheckNumber(control.dial_out().number());
    case CallControl::kDrop:
      return CheckLeg(control.drop().leg_id());
    case CallControl::kPassOutside:
      return control.pass_outside().has_number() ? CheckNumber(control.pass_outside().number())
                                                 : CheckLeg(control.pass_outside().leg_id());
    case CallControl::kSupervise:
      if (routing::v1::SupervisionMode_IsValid(control.supervise().mode())) return {};
      return Bad("BAD_CONTROL", "this router does not know the mode", "listen, whisper or barge");
    case CallControl::kMute:
    case CallControl::kPauseRecording:
    case CallControl::kJoin:
    case CallControl::kDialCustomer:
      return {};
    case CallControl::ACTION_NOT_SET:
      break;
  }
  return Bad("BAD_CONTROL", "the control says nothing to do", "set one of its fields");
}

Result<void> CheckPlaced(const routing::v1::PlaceCall& call) {
  if (Result<void> number = CheckNumber(call.number()); !number.ok()) return number;
  if (call.queue().size() > kIdBytesMax || call.customer_id().size() > kIdBytesMax ||
      call.subject().size() > kSubjectBytesMax) {
    return Bad("TOO_LONG", "the queue, the customer's id or the subject is too long",
               "send ids of at most 128 bytes and a subject of at most 256");
  }
  return {};
}

Result<void> CheckStarted(const routing::v1::StartMail& mail) {
  if (!IsMailAddress(mail.to())) {
    return Bad("BAD_ADDRESS", "this is no address of an e-mail",
               "use one such as ann@shop.example, up to 254 bytes");
  }
  if (mail.queue().size() > kIdBytesMax || mail.customer_id().size() > kIdBytesMax ||
      !IsLine(mail.subject(), kSubjectBytesMax)) {
    return Bad("TOO_LONG", "the queue, the customer's id or the subject is too long",
               "send ids of at most 128 bytes and a subject of one line of at most 256");
  }
  return {};
}

Result<std::string> PersonOf(const io::CallContext& call, const std::string& agent_id) {
  const std::string& own = call.acting_subject();
  if (call.acting_role() == io::Role::kAdapter) {
    if (!agent_id.empty() && agent_id.size() <= kIdBytesMax) return agent_id;
    return Bad("MISSING_AGENT_ID", "agent_id is empty or too long",
               "name the agent; only a person may leave it out");
  }
  if (agent_id.empty() || agent_id == own) return own;
  return Error{Code::kPermissionDenied, "NOT_YOURS", own + " acts in calls for nobody else",
               "leave agent_id empty"};
}

std::string ToText(routing::v1::SupervisionMode mode) {
  switch (mode) {
    case routing::v1::SUPERVISION_MODE_LISTEN:
      return "listen";
    case routing::v1::SUPERVISION_MODE_WHISPER:
      return "whisper";
    case routing::v1::SUPERVISION_MODE_BARGE:
      return "barge";
    default:
      return "leave";
  }
}

}  // namespace usher::service
