// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "router/configuration/mapping_reader.h"
#include "router/engine/calendar.h"
#include "router/simulation/traffic.h"

namespace usher::simulation {

// How often contacts come: the value of `rate`, one of
//   120                                       an hour, all the time
//   {per: 15m, counts: [10, 14, 9]}           so many in each interval from the start on;
//                                             `repeat: true` begins again after the last
//   {at: {"08:00": 30, "12:00": 90}}          an hour, from these local times on, every day
// as spans of the simulation from 0 to `duration`. Complains where there is none.
std::vector<RateSpan> ReadRate(configuration::MappingReader& reader, const engine::TimeZone& zone,
                               Instant start, Duration duration);

}  // namespace usher::simulation
