// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace usher::app {

// As in CMakeLists.txt's project().
inline constexpr char kVersion[] = USHER_VERSION;

}  // namespace usher::app
