// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/time_zone.h"

#include <algorithm>

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

namespace usher::configuration {
namespace {

// absl would read any file that is named with a path; a zone is a name.
bool IsZoneName(const std::string& name) {
  if (name.empty() || name.size() > 64 || name[0] == '/') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
}

Duration OffsetAt(const absl::TimeZone& zone, absl::Time time) {
  return std::chrono::seconds{zone.At(time).offset};
}

}  // namespace

Result<engine::TimeZone> LoadTimeZone(const std::string& name) {
  absl::TimeZone zone;
  if (!IsZoneName(name) || !absl::LoadTimeZone(name, &zone)) {
    return Error{Code::kInvalidArgument, "UNKNOWN_TIME_ZONE", "no time zone \"" + name + "\"",
                 "Name one as in Asia/Shanghai or UTC; the package tzdata has them."};
  }
  absl::Time time = absl::UnixEpoch();
  const absl::Time end = absl::FromCivil(absl::CivilYear(2100), absl::UTCTimeZone());
  engine::TimeZone table{.name = name, .first_offset = OffsetAt(zone, time), .changes = {}};
  Duration offset = table.first_offset;
  absl::TimeZone::CivilTransition transition;
  while (zone.NextTransition(time, &transition)) {
    // What clocks show right after the change; where they are set back, they show it twice.
    const absl::TimeZone::TimeInfo info = zone.At(transition.to);
    const absl::Time at = info.kind == absl::TimeZone::TimeInfo::UNIQUE ? info.pre : info.trans;
    if (at <= time || at >= end) break;
    time = at;
    // The database also notes changes of name only.
    const Duration next = OffsetAt(zone, time);
    if (next != offset) {
      table.changes.push_back({InstantFromUnixMs(absl::ToUnixMillis(time)), next});
    }
    offset = next;
  }
  return table;
}

}  // namespace usher::configuration
