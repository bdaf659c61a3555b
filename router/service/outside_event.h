// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "usher/context/v1/conversation.pb.h"
#include "usher/context/v1/customer.pb.h"

namespace usher::service {

// The bounds of what is told from outside and kept as it was told.

// INVALID_ARGUMENT: BAD_EVENT names the field.
Result<void> CheckOutsideEvent(const context::v1::OutsideEvent& event);
// INVALID_ARGUMENT: TOO_MANY_ATTACHMENTS, BAD_ATTACHMENT. Of a message or of a draft.
Result<void> CheckAttachments(
    const google::protobuf::RepeatedPtrField<context::v1::Attachment>& attachments);

// At most so many bytes, none of them a control character.
bool IsLine(std::string_view text, std::size_t bytes_max);
// Where a file is: an https address, or one of an adapter's own such as `x-wechat:media/47`.
bool IsFileAddress(std::string_view text);
// 64 lower-case hexadecimal digits.
bool IsSha256(std::string_view text);

}  // namespace usher::service
