// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace usher::email {

// A name for a file that an attachment may have on any system: without folders, control characters,
// characters that turn the reading direction and those that a system or a shell takes for its own,
// not one that Windows keeps for its devices, not hidden, at most 150 bytes with the extension
// kept. `type` gives the extension of a name that is empty: "attachment.png". Any thread.
std::string ToSafeFileName(std::string_view name, std::string_view type);

}  // namespace usher::email
