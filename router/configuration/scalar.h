// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace usher::configuration {

// Strict readings of single words; nothing on anything else.

// `[-+]?[0-9]+`.
std::optional<std::int64_t> ParseInteger(std::string_view text);

// One number and one unit of ms, s, m, h, d: `250ms`, `15s`, `1.5h`. Whole milliseconds, not
// negative, at most kDurationMax.
std::optional<Duration> ParseDuration(std::string_view text);
inline constexpr Duration kDurationMax = std::chrono::hours{24 * 3660};

// `80%`, `66.67%`: hundredths of a percent, from 0 to 10000.
std::optional<std::int32_t> ParsePercent(std::string_view text);

// `[a-z][a-z0-9_-]*` of at most 64 bytes.
bool IsId(std::string_view text);

// A date `2026-12-25` as days since 1970-01-01, in the years 1970 to 2200.
std::optional<std::int64_t> ParseDate(std::string_view text);

// `2026-11-27T17:59:00` or `2026-11-27 17:59`: local milliseconds since 1970-01-01 00:00.
std::optional<Duration> ParseLocalTime(std::string_view text);

// `09:30` as minutes since midnight; `24:00` is 1440.
std::optional<std::int32_t> ParseTimeOfDay(std::string_view text);

// In the largest unit that divides it evenly: `90s`, `2h`, `250ms`; `0s` for nothing.
std::string FormatDuration(Duration duration);

// Hundredths of a percent as `80%` or `66.67%`.
std::string FormatPercent(std::int32_t basis_points);

}  // namespace usher::configuration
