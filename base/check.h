// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace usher {

// Prints where and what to standard error and aborts. A failed check is a bug of ours, never an
// answer to input: state that is known to be wrong must not be routed or stored.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              std::string_view note) noexcept;

}  // namespace usher

// On in every build, release included. `note` names the thing that broke the promise.
#define USHER_CHECK(condition, ...)                                                        \
  do {                                                                                     \
    if (!(condition)) [[unlikely]]                                                         \
      ::usher::CheckFailed(__FILE__, __LINE__, #condition, std::string_view{__VA_ARGS__}); \
  } while (false)
