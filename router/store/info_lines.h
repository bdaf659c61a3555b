// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace usher::store {

// Calls `take(name, value)` for each line `name:value` of an INFO reply, without the line's end.
template <class Take>
void ForEachInfoLine(std::string_view info, Take take) {
  while (!info.empty()) {
    const std::size_t end = info.find('\n');
    std::string_view line = info.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
      take(line.substr(0, colon), line.substr(colon + 1));
    }
    info = end == std::string_view::npos ? std::string_view() : info.substr(end + 1);
  }
}

}  // namespace usher::store
