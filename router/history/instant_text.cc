// SPDX-License-Identifier: Apache-2.0
#include "router/history/instant_text.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace usher::history {

std::string ToText(Instant instant) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(instant);
  const std::time_t seconds = whole.time_since_epoch().count();
  const auto ms = static_cast<int>((instant - whole).count());
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  std::string out(text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &utc));
  const int written = std::snprintf(text.data(), text.size(), ".%03dZ", ms);
  return out.append(text.data(), static_cast<std::size_t>(written));
}

}  // namespace usher::history
