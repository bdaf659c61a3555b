// SPDX-License-Identifier: Apache-2.0
#include "base/io/access.h"

#include <algorithm>
#include <utility>

#include <google/protobuf/descriptor.h>

#include "base/check.h"

namespace usher::io {
namespace {

std::string Join(const std::set<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::set<std::string> MethodNames(
    const std::vector<const google::protobuf::ServiceDescriptor*>& services) {
  std::set<std::string> names;
  for (const auto* service : services)
    for (int i = 0; i < service->method_count(); ++i)
      names.insert("/" + service->full_name() + "/" + service->method(i)->name());
  return names;
}

// RFC 6750: the scheme's case does not matter, one space follows it.
bool IsBearer(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  return authorization.size() > kScheme.size() &&
         std::ranges::equal(authorization.substr(0, kScheme.size()), kScheme, {}, [](char c) {
           return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
         });
}

}  // namespace

void AccessPolicy::Allow(std::string_view method, std::initializer_list<Role> roles) {
  const auto [row, added] = roles_.emplace(method, roles);
  USHER_CHECK(added, row->first);
}

const std::set<Role>* AccessPolicy::FindRoles(std::string_view method) const {
  const auto row = roles_.find(method);
  return row == roles_.end() ? nullptr : &row->second;
}

Result<void> AccessPolicy::Check(std::string_view method, const Claims& claims) const {
  const auto* roles = FindRoles(method);
  if (!roles)
    return Error{Code::kPermissionDenied, "METHOD_NOT_LISTED",
                 "no role may call " + std::string(method),
                 "Call another method; this one is missing in the access policy."};
  if (!roles->contains(claims.role))
    return Error{
        Code::kPermissionDenied, "ROLE_NOT_ALLOWED",
        "role " + std::string(ToText(claims.role)) + " may not call " + std::string(method),
        "Use a token with a role that may."};
  return {};
}

Result<void> AccessPolicy::VerifyCovers(
    const std::vector<const google::protobuf::ServiceDescriptor*>& services) const {
  const auto methods = MethodNames(services);
  std::set<std::string> missing;
  for (const auto& method : methods)
    if (!FindRoles(method)) missing.insert(method);
  if (!missing.empty())
    return Error{Code::kFailedPrecondition, "METHOD_NOT_LISTED",
                 "the access policy has no row for " + Join(missing),
                 "Say in the policy which roles may call them."};
  std::set<std::string> unknown;
  for (const auto& [method, roles] : roles_)
    if (!methods.contains(method)) unknown.insert(method);
  if (!unknown.empty())
    return Error{Code::kFailedPrecondition, "METHOD_UNKNOWN",
                 "the access policy names methods that do not exist: " + Join(unknown),
                 "Correct or remove these rows."};
  return {};
}

AccessGate::AccessGate(TokenVerifier& verifier, const AccessPolicy& policy,
                       std::function<Instant()> clock)
    : verifier_(verifier), policy_(policy), clock_(std::move(clock)) {}

Result<Claims> AccessGate::Admit(std::string_view method, std::string_view authorization) const {
  if (authorization.empty())
    return Error{Code::kUnauthenticated, "TOKEN_MISSING", "the call carries no token",
                 "Send `authorization: Bearer <token>`."};
  if (!IsBearer(authorization))
    return Error{Code::kUnauthenticated, "TOKEN_SCHEME", "the authorization is not a bearer token",
                 "Send `authorization: Bearer <token>`, once."};
  auto claims = verifier_.Verify(authorization.substr(authorization.find(' ') + 1), clock_());
  if (!claims.ok()) return claims;
  if (auto allowed = policy_.Check(method, *claims); !allowed.ok()) return allowed.error();
  return claims;
}

}  // namespace usher::io
