// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace usher::phone {

// The adapter's own names of contacts: `main/1795283281.48` is the caller's leg at the line `main`,
// `main/place.…` a call that an agent wants placed there. They outlive this process.

inline std::string ExternalId(const std::string& line, const std::string& leg) {
  return line + '/' + leg;
}

inline std::string LineOf(const std::string& external_id) {
  return external_id.substr(0, external_id.find('/'));
}

inline std::string LegOf(const std::string& external_id) {
  const std::size_t slash = external_id.find('/');
  return slash == std::string::npos ? std::string() : external_id.substr(slash + 1);
}

}  // namespace usher::phone
