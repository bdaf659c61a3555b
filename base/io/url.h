// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace usher::io {

// The parts of an http, https, ws or wss URL that a client needs.
struct Url {
  bool tls = false;
  std::string host{};       // without brackets
  std::uint16_t port = 0;   // the scheme's when the URL names none
  std::string authority{};  // as the Host header has it
  std::string target{};     // path and query, at least "/"; no fragment
};

// INVALID_URL with what is wrong. User names and passwords in URLs are refused.
Result<Url> ParseUrl(std::string_view text);

}  // namespace usher::io
