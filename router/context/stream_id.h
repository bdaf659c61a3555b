// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace usher::context {

// Whether the text is the id of an entry of a Redis stream, such as `1763784000000-0`.
inline bool IsStreamId(std::string_view text) {
  const auto is_digits = [](std::string_view part) {
    return !part.empty() && part.size() <= 20 &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  const std::size_t dash = text.find('-');
  return dash != std::string_view::npos && is_digits(text.substr(0, dash)) &&
         is_digits(text.substr(dash + 1));
}

}  // namespace usher::context
