// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace usher::configuration {

// The whole text of a regular file of at most `bytes_max` bytes. Refused with NOT_FOUND,
// NOT_A_FILE, TOO_LARGE or UNREADABLE.
Result<std::string> ReadTextFile(const std::string& path, std::size_t bytes_max = 32u << 20);

}  // namespace usher::configuration
