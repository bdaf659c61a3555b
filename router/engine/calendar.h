// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace usher::engine {

// The instants at which a time zone's distance from UTC changes. Whoever reads the configuration
// fills the table from the system's time zone database, so that the engine reads no files and a
// replay on a machine with another database gives the same answers.
struct UtcOffsetChange {
  Instant at;       // from this instant on ...
  Duration offset;  // ... local time is UTC plus this

  friend bool operator==(const UtcOffsetChange&, const UtcOffsetChange&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "at", self.at);
    v(2, "offset", self.offset);
  }
};

// A time zone, UTC where nothing is set. `changes` rise in `at`; after the last one its offset
// holds forever. Lookups cost O(log changes).
struct TimeZone {
  std::string name = "UTC";
  Duration first_offset{0};  // before the first change
  std::vector<UtcOffsetChange> changes;

  Duration OffsetAt(Instant instant) const;
  // Whole local days since 1970-01-01: the same number exactly while the local date is the same.
  std::int64_t LocalDay(Instant instant) const;
  // The first instant after `instant` whose LocalDay is another: the next local midnight, or the
  // first instant of the next day where a change of offset skips midnight.
  Instant NextLocalMidnight(Instant instant) const;
  // The instant at which local clocks first show this many milliseconds since 1970-01-01 00:00; a
  // local time that a change of offset skips gives the instant of the change.
  Instant FromLocal(Duration local) const;

  friend bool operator==(const TimeZone&, const TimeZone&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "name", self.name);
    v(2, "first_offset", self.first_offset);
    v(3, "changes", self.changes);
  }
};

// One span of a week: `weekday` 0 is Monday, minutes count from local midnight, `start` is inside
// and `end` (at most 1440) is not. A span over midnight is stored as two.
struct OpenSpan {
  std::int32_t weekday = 0;
  std::int32_t start_minute = 0;
  std::int32_t end_minute = 0;

  friend auto operator<=>(const OpenSpan&, const OpenSpan&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "weekday", self.weekday);
    v(2, "start_minute", self.start_minute);
    v(3, "end_minute", self.end_minute);
  }
};

// Opening hours: weekly spans, except on the local days in `closed` (as LocalDay, sorted).
struct Hours {
  std::string id;
  std::vector<OpenSpan> weekly;
  std::vector<std::int64_t> closed;

  // Whether `instant` is inside a span of its local weekday and its local date is not closed.
  bool IsOpen(const TimeZone& zone, Instant instant) const;

  friend bool operator==(const Hours&, const Hours&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "id", self.id);
    v(2, "weekly", self.weekly);
    v(3, "closed", self.closed);
  }
};

}  // namespace usher::engine
