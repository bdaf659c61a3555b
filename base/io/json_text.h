// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace usher::io {

// Appends `text` as a JSON string with its quotes. Control characters (C1 and the bidirectional
// overrides included) are written as \uXXXX and bytes that are no UTF-8 as U+FFFD, so that the
// result is always valid JSON on one line that is safe to show on a terminal.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace usher::io
