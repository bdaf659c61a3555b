// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace usher::email {

// The first 16 KiB at most of a file that holds a secret (a password, a token, keys), without the
// line end behind it. Refuses a file that others than its owner and group can read
// (SECRET_FILE_EXPOSED), and one that cannot be read, is empty or longer (SECRET_FILE_UNREADABLE).
// Messages name the file and never repeat any of it.
Result<std::string> ReadSecretFile(const std::filesystem::path& file);

}  // namespace usher::email
