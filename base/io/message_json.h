// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include "base/result.h"

namespace usher::io {

// Protobuf JSON as sockets carry it. Reading is strict: unknown fields and anything that is not one
// JSON object of the message's shape is kInvalidArgument, BAD_JSON. The error does not repeat the
// text.
inline Result<void> ParseMessageJson(std::string_view text, google::protobuf::Message& message) {
  message.Clear();
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = false;
  const auto status =
      google::protobuf::util::JsonStringToMessage({text.data(), text.size()}, &message, options);
  if (status.ok()) return {};
  return Error{Code::kInvalidArgument, "BAD_JSON",
               "the text is no JSON of " + message.GetTypeName(),
               "Send one object with the fields of the contract in proto/usher."};
}

// One line, lowerCamelCase, default values left out. kInternal, NO_JSON_FORM for a time that is out
// of protobuf's range.
inline Result<std::string> ToMessageJson(const google::protobuf::Message& message) {
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text);
  if (status.ok()) return text;
  return Error{Code::kInternal, "NO_JSON_FORM", "a " + message.GetTypeName() + " has no JSON form",
               "Report this with the log."};
}

}  // namespace usher::io
