// SPDX-License-Identifier: Apache-2.0
#include "base/io/http_routes.h"

#include <algorithm>

#include "base/check.h"

namespace usher::io {

const MethodRoute* PathRoute::Find(std::string_view method) const {
  auto route = methods.find(method);
  if (route == methods.end() && method == "HEAD") route = methods.find("GET");
  return route == methods.end() ? nullptr : &route->second;
}

std::string PathRoute::Allow() const {
  std::string allow;
  for (const auto& [method, route] : methods) {
    allow += method + ", ";
    if (method == "GET" && !methods.contains("HEAD")) allow += "HEAD, ";
  }
  if (socket != nullptr && !methods.contains("GET")) allow += "GET, ";
  return allow + "OPTIONS";
}

PathRoute& RouteTable::Exact(const std::string& path) {
  USHER_CHECK(path.starts_with('/'), path);
  PathRoute& route = exact_[path];
  route.path = path;
  return route;
}

PathRoute& RouteTable::Prefix(const std::string& prefix) {
  USHER_CHECK(prefix.starts_with('/'), prefix);
  for (auto& route : prefixes_) {
    if (route->path == prefix) return *route;
  }
  const auto place = std::find_if(prefixes_.begin(), prefixes_.end(), [&](const auto& route) {
    return route->path.size() < prefix.size();
  });
  PathRoute& route = **prefixes_.insert(place, std::make_unique<PathRoute>());
  route.path = prefix;
  return route;
}

const PathRoute* RouteTable::Find(std::string_view path) const {
  if (const auto route = exact_.find(path); route != exact_.end()) return &route->second;
  for (const auto& route : prefixes_) {
    if (path.starts_with(route->path)) return route.get();
  }
  return nullptr;
}

bool AllowsOrigin(const std::vector<std::string>& allowed, std::string_view origin) {
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const std::string& one) { return one == "*" || one == origin; });
}

}  // namespace usher::io
