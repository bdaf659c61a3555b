// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "router/engine/calendar.h"

namespace usher::configuration {

// A zone of the system's time zone database, such as `Asia/Shanghai`, as the engine's table of
// offsets from 1970 to 2100. Refused with UNKNOWN_TIME_ZONE.
Result<engine::TimeZone> LoadTimeZone(const std::string& name);

}  // namespace usher::configuration
