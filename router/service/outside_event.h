// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "usher/context/v1/conversation.pb.h"
#include "usher/context/v1/customer.pb.h"

namespace usher::service {

// The bounds of what is told from outside and kept as it was told.

// INVALID_ARGUMENT: BAD_EVENT names the field.
Result<void> CheckOutsideEvent(const context::v1::OutsideEvent& event);
// INVALID_ARGUMENT: TOO_MANY_ATTACHMENTS, BAD_ATTACHMENT.
Result<void> CheckAttachments(const context::v1::Message& message);

}  // namespace usher::service
