// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace usher::app {

// The first two numbers of a release, by which releases are compared.
struct ReleaseNumber {
  int major_number = 0;
  int minor_number = 0;

  friend auto operator<=>(const ReleaseNumber&, const ReleaseNumber&) = default;
};

inline std::string ToText(const ReleaseNumber& release) {
  return std::to_string(release.major_number) + '.' + std::to_string(release.minor_number);
}

// Of `22.10.1`, and of whatever begins so; nothing where it does not.
inline std::optional<ReleaseNumber> ParseReleaseNumber(std::string_view text) {
  ReleaseNumber release;
  const char* const end = text.data() + text.size();
  const auto [dot, failed] = std::from_chars(text.data(), end, release.major_number);
  if (failed != std::errc{} || dot == end || *dot != '.') return std::nullopt;
  if (std::from_chars(dot + 1, end, release.minor_number).ec != std::errc{}) return std::nullopt;
  return release;
}

}  // namespace usher::app
