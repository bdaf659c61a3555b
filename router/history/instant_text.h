// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/time.h"

namespace usher::history {

// "2026-11-21 19:52:12.345Z": of one width, so that lines align.
std::string ToText(Instant instant);

}  // namespace usher::history
