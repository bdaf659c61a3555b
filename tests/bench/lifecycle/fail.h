// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace usher::bench {

// Says what is wrong and ends the program at once, whatever its threads do: a benchmark that lost a
// step has nothing to say.
[[noreturn]] void Fail(const std::string& what);

}  // namespace usher::bench
