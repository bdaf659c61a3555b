// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace usher::email {

// Mail's protocols compare letters without regard to case and know ASCII's only, whatever the
// locale says.
char ToLower(char c);
std::string ToLower(std::string_view text);
bool EqualsIgnoringCase(std::string_view a, std::string_view b);
bool StartsWithIgnoringCase(std::string_view text, std::string_view start);
// Where `part` first stands in `text`, or npos.
std::size_t FindIgnoringCase(std::string_view text, std::string_view part, std::size_t from = 0);
bool ContainsIgnoringCase(std::string_view text, std::string_view part);

// Without spaces, tabs and line ends around it.
std::string_view Trim(std::string_view text);

// `bytes` or fewer, never ending within a character of UTF-8.
std::string_view CutUtf8(std::string_view text, std::size_t bytes);

}  // namespace usher::email
