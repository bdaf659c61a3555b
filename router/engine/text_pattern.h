// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace usher::engine {

// How rules look into texts. Letters of ASCII are the same in both cases; all others, and so those
// of other scripts, only as they are written.

// Whether `part` stands anywhere in `text`.
bool ContainsText(std::string_view text, std::string_view part);

// Whether `pattern` fits the whole text: each `*` stands for any run of bytes, also none; there is
// no other sign. "*@bank.example" fits "Ann@Bank.Example". O(text × pattern) at worst.
bool FitsPattern(std::string_view text, std::string_view pattern);

}  // namespace usher::engine
