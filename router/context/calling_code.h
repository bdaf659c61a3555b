// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace usher::context {

// What stands behind the plus of a country's phone numbers: "49" for "DE", an ISO 3166-1 alpha-2
// code. Empty for a country without one, and for "".
std::string CallingCode(const std::string& country);

}  // namespace usher::context
