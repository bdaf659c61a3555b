// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/time.h"
#include "router/engine/calendar.h"
#include "router/engine/domain.h"

namespace usher::engine {

// The first instant at which the hours have been open for `open_time` since `from`, counted by
// Hours::IsOpen: closed days and the hours that clocks skip or show twice count for what they are.
// Three open hours from 17:00, open 9 to 18: 11:00 of the next open day; one hour: 18:00 today.
// None where that is more than `days_max` local days off. O(days × spans).
std::optional<Instant> AfterOpenTime(const TimeZone& zone, const Hours& hours, Instant from,
                                     Duration open_time, int days_max = 400);

// By when a queue of this service level promises an agent to who arrives then: `arrived + within`,
// or counted in `hours` where it has some (null: all time). Where these are not open for so long
// within 400 days, the span counts as it is.
Instant PromiseOf(const TimeZone& zone, const ServiceLevel& level, const Hours* hours,
                  Instant arrived);

}  // namespace usher::engine
