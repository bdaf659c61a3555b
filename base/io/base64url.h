// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace usher::io {

// RFC 4648 section 5 without padding, as JWTs use it.
std::string ToBase64Url(std::string_view bytes);

// Strict, so that one value has one spelling: nullopt for padding, white space, other characters
// and trailing bits that are not zero.
std::optional<std::string> FromBase64Url(std::string_view text);

}  // namespace usher::io
