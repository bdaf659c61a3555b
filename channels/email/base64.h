// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace usher::email {

// RFC 4648 section 4 with padding, on one line.
std::string ToBase64(std::string_view bytes);

// What can be read of base64 as mail has it: other characters are passed over, padding ends it.
std::string FromBase64Loosely(std::string_view text);

}  // namespace usher::email
