// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/io/call_context.h"
#include "base/result.h"
#include "usher/routing/v1/call.pb.h"

// What an order about a call must be to be passed on. Pure functions.
namespace usher::service {

// INVALID_ARGUMENT: BAD_CONTROL, BAD_NUMBER, BAD_DIGITS.
Result<void> CheckControl(const routing::v1::CallControl& control);
// INVALID_ARGUMENT: BAD_NUMBER, TOO_LONG.
Result<void> CheckPlaced(const routing::v1::PlaceCall& call);
// INVALID_ARGUMENT: BAD_ADDRESS, TOO_LONG.
Result<void> CheckStarted(const routing::v1::StartMail& mail);

// The person that acts: herself; a machine that speaks for nobody names an agent. INVALID_ARGUMENT/
// MISSING_AGENT_ID, PERMISSION_DENIED/NOT_YOURS.
Result<std::string> PersonOf(const io::CallContext& call, const std::string& agent_id);

// `listen`, `whisper`, `barge`, `leave`.
std::string ToText(routing::v1::SupervisionMode mode);

}  // namespace usher::service
