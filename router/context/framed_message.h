// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/message_lite.h>

#include "base/result.h"
#include "router/store/record.h"

namespace usher::context {

// Messages of the context are stored in the frame of router/store/record.h: version, kind, CRC-32.
// Equal messages have equal bytes, maps included: a change of a customer is based on the bytes that
// it replaces.
std::string ToFramed(store::RecordKind kind, const google::protobuf::MessageLite& message);

// DATA_LOSS/RECORD_DAMAGED, FAILED_PRECONDITION/RECORD_TOO_NEW. Bytes of before there were frames,
// a bare message, are understood as well; nothing but their form vouches for those.
Result<void> FromFramed(store::RecordKind kind, std::string_view bytes,
                        google::protobuf::MessageLite& message);

// Whether the bytes have a frame, sound or not.
bool IsFramed(std::string_view bytes);

}  // namespace usher::context
