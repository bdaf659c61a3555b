// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/io/http_message.h"

namespace usher::io {

struct HeaderEnd {
  std::size_t size = 0;  // of the header with its empty line; 0 while it is incomplete
  bool malformed = false;
};

// Finds where the header of a request ends. Looks at `text` from `start`, what stands before having
// been looked at. Bare line feeds and folded lines are malformed: Beast would take the latter,
// other servers would not, and what two servers read differently can smuggle a request.
HeaderEnd FindHeaderEnd(std::string_view text, std::size_t start);

struct ResponseHead {
  const HttpResponse* response = nullptr;
  const std::string* date = nullptr;
  bool http_1_0 = false;
  bool close = false;
};

// Status line and headers, ended by an empty line. Headers that belong to the server or that hold
// line ends are left out.
std::string FormatHead(const ResponseHead& head);

// False for the statuses that have none, such as 304.
bool HasBody(int status);
const std::string& BodyOf(const HttpResponse& response);

}  // namespace usher::io
