// SPDX-License-Identifier: Apache-2.0
#include "router/engine/open_time.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

namespace usher::engine {

namespace {

constexpr std::int64_t kDayMs = 24 * 60 * 60 * 1000;
constexpr std::int64_t kMinuteMs = 60 * 1000;

// From `instant` on until here the local date is the same and so is the distance from UTC.
Instant EndOfEvenStretch(const TimeZone& zone, Instant instant) {
  const Instant midnight = zone.NextLocalMidnight(instant);
  const auto change = std::upper_bound(
      zone.changes.begin(), zone.changes.end(), instant,
      [](Instant wanted, const UtcOffsetChange& next) { return wanted < next.at; });
  return change == zone.changes.end() ? midnight : std::min(midnight, change->at);
}

// The spans of a local day, in their order; none where it is closed.
std::vector<OpenSpan> SpansOf(const Hours& hours, std::int64_t day) {
  std::vector<OpenSpan> spans;
  if (std::binary_search(hours.closed.begin(), hours.closed.end(), day)) return spans;
  const std::int64_t weekday = ((day + 3) % 7 + 7) % 7;
  std::copy_if(hours.weekly.begin(), hours.weekly.end(), std::back_inserter(spans),
               [weekday](const OpenSpan& span) { return span.weekday == weekday; });
  std::sort(spans.begin(), spans.end());
  return spans;
}

}  // namespace

std::optional<Instant> AfterOpenTime(const TimeZone& zone, const Hours& hours, Instant from,
                                     Duration open_time, int days_max) {
  if (open_time <= Duration{0}) return from;
  const std::int64_t last_day = zone.LocalDay(from) + days_max;
  Duration left = open_time;
  for (Instant at = from; zone.LocalDay(at) <= last_day;) {
    const Instant end = EndOfEvenStretch(zone, at);
    const std::int64_t day = zone.LocalDay(at);
    const Instant midnight = InstantFromUnixMs(day * kDayMs) - zone.OffsetAt(at);
    for (const OpenSpan& span : SpansOf(hours, day)) {
      // Spans may overlap: what was counted once is behind `at`.
      const Instant opens = std::max(at, midnight + Duration{span.start_minute * kMinuteMs});
      const Instant closes = std::min(end, midnight + Duration{span.end_minute * kMinuteMs});
      if (closes <= opens) continue;
      if (closes - opens >= left) return opens + left;
      left -= closes - opens;
      at = closes;
    }
    at = end;
  }
  return std::nullopt;
}

Instant PromiseOf(const TimeZone& zone, const ServiceLevel& level, const Hours* hours,
                  Instant arrived) {
  const Instant plain = arrived + level.within;
  if (hours == nullptr) return plain;
  return AfterOpenTime(zone, *hours, arrived, level.within).value_or(plain);
}

}  // namespace usher::engine
