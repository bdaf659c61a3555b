// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/io/http_server.h"

namespace usher::io {

// What answers one method of one path.
struct MethodRoute {
  HttpHandler handler;
  RouteOptions options;
};

// A path that can be upgraded, and who is connected there.
struct WebSocketRoute {
  std::string path;
  WebSocketOptions options;
  WebSocketHandler on_open;
  std::size_t connections = 0;
  std::map<std::string, std::size_t, std::less<>> connections_by_address;
};

struct PathRoute {
  std::string path;
  std::map<std::string, MethodRoute, std::less<>> methods;
  std::shared_ptr<WebSocketRoute> socket;  // null when the path is no WebSocket

  // HEAD is found under GET. Null when the path does not know the method.
  const MethodRoute* Find(std::string_view method) const;
  // "GET, HEAD, OPTIONS"
  std::string Allow() const;
};

// Paths and what answers them. Filled before the server listens.
class RouteTable {
 public:
  PathRoute& Exact(const std::string& path);
  PathRoute& Prefix(const std::string& prefix);

  // The exact path, else the longest prefix, else null.
  const PathRoute* Find(std::string_view path) const;

  const std::map<std::string, PathRoute, std::less<>>& exact() const { return exact_; }

 private:
  std::map<std::string, PathRoute, std::less<>> exact_;
  std::vector<std::unique_ptr<PathRoute>> prefixes_;  // longest first
};

// "*" or the origin itself stands in `allowed`.
bool AllowsOrigin(const std::vector<std::string>& allowed, std::string_view origin);

}  // namespace usher::io
