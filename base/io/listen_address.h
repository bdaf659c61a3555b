// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace usher::io {

// Where a server listens or a client connects.
//
//   127.0.0.1:8080     [::1]:0     localhost:50051     unix:/run/usher/http.sock
//
// Port 0 asks the system for a free port. A server's host is an IP address or `localhost`
// (127.0.0.1); it is not looked up by name.
struct ListenAddress {
  std::string host{};       // IP address without brackets; empty for a Unix socket
  std::uint16_t port = 0;   // 0 for a Unix socket
  std::string unix_path{};  // empty for TCP

  bool is_unix() const { return !unix_path.empty(); }
  // True when only this machine can reach it.
  bool is_loopback() const;
  // The text form, which parses to the same address again.
  std::string ToString() const;
};

// INVALID_ADDRESS with what is wrong and an example.
Result<ListenAddress> ParseListenAddress(std::string_view text);

}  // namespace usher::io
