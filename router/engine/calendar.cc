// SPDX-License-Identifier: Apache-2.0
#include "router/engine/calendar.h"

#include <algorithm>

namespace usher::engine {
namespace {

constexpr std::int64_t kDayMs = 24 * 60 * 60 * 1000;
constexpr std::int64_t kMinuteMs = 60 * 1000;

constexpr std::int64_t FloorDiv(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

// How many changes lie at or before `instant`: 0 is the time before the first.
std::size_t SegmentOf(const TimeZone& zone, Instant instant) {
  const auto after = std::upper_bound(
      zone.changes.begin(), zone.changes.end(), instant,
      [](Instant wanted, const UtcOffsetChange& change) { return wanted < change.at; });
  return static_cast<std::size_t>(after - zone.changes.begin());
}

Duration SegmentOffset(const TimeZone& zone, std::size_t segment) {
  return segment == 0 ? zone.first_offset : zone.changes[segment - 1].offset;
}

}  // namespace

Duration TimeZone::OffsetAt(Instant instant) const {
  return SegmentOffset(*this, SegmentOf(*this, instant));
}

std::int64_t TimeZone::LocalDay(Instant instant) const {
  return FloorDiv(ToUnixMs(instant) + OffsetAt(instant).count(), kDayMs);
}

Instant TimeZone::NextLocalMidnight(Instant instant) const {
  const std::int64_t today = LocalDay(instant);
  for (std::size_t segment = SegmentOf(*this, instant);; ++segment) {
    const Instant midnight =
        InstantFromUnixMs((today + 1) * kDayMs) - SegmentOffset(*this, segment);
    if (segment == changes.size() || midnight < changes[segment].at) return midnight;
    // A change of offset may itself begin another day, at whatever local time it leads to.
    if (LocalDay(changes[segment].at) != today) return changes[segment].at;
  }
}

Instant TimeZone::FromLocal(Duration local) const {
  // No zone is further than a day from UTC, so nothing before this segment can show `local`.
  const Instant as_utc = InstantFromUnixMs(local.count());
  for (std::size_t segment = SegmentOf(*this, as_utc - Duration{kDayMs});; ++segment) {
    Instant shown = as_utc - SegmentOffset(*this, segment);
    if (segment > 0) shown = std::max(shown, changes[segment - 1].at);
    if (segment == changes.size() || shown < changes[segment].at) return shown;
  }
}

bool Hours::IsOpen(const TimeZone& zone, Instant instant) const {
  const std::int64_t day = zone.LocalDay(instant);
  if (std::binary_search(closed.begin(), closed.end(), day)) return false;
  const std::int64_t local = ToUnixMs(instant) + zone.OffsetAt(instant).count();
  const std::int64_t minute = FloorDiv(local - day * kDayMs, kMinuteMs);
  // 1970-01-01 was a Thursday, weekday 3 where Monday is 0.
  const std::int64_t weekday = ((day + 3) % 7 + 7) % 7;
  return std::any_of(weekly.begin(), weekly.end(), [&](const OpenSpan& span) {
    return span.weekday == weekday && span.start_minute <= minute && minute < span.end_minute;
  });
}

}  // namespace usher::engine
