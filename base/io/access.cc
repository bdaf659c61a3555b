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

Error BadActingFor(std::string what) {
  return {Code::kPermissionDenied, "BAD_ACTING_FOR", std::move(what),
          "Send usher-acting-for and usher-acting-role only with a gateway's token, whose acts_for "
          "names the role."};
}

int FromHex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// "" when it is not what ToActingForHeader writes, or longer than a token's subject may be.
std::string FromActingForHeader(std::string_view header) {
  constexpr std::size_t kSubjectBytesMax = 256;
  std::string subject;
  for (std::size_t i = 0; i < header.size(); ++i) {
    char c = header[i];
    if (c <= 0x20 || c >= 0x7f) return {};
    if (c == '%') {
      if (i + 2 >= header.size()) return {};
      const int high = FromHex(header[i + 1]);
      const int low = FromHex(header[i + 2]);
      if (high < 0 || low < 0) return {};
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || subject.size() == kSubjectBytesMax) return {};
    subject += c;
  }
  return subject;
}

// Nobody for a call without the headers.
Result<std::optional<Acting>> ReadActing(const Claims& claims, const ActingHeaders& headers) {
  if (!headers.acting_for || !headers.acting_role)
    return BadActingFor("the call says twice for whom it is made");
  if (headers.acting_for->empty() && headers.acting_role->empty()) return std::optional<Acting>();
  const auto role = FindRole(*headers.acting_role);
  const std::string subject = FromActingForHeader(*headers.acting_for);
  if (!role || subject.empty())
    return BadActingFor("the call does not say plainly for whom it is made");
  if (claims.role != Role::kAdapter ||
      std::ranges::find(claims.acts_for, *role) == claims.acts_for.end())
    return BadActingFor("the token may not act as " + std::string(ToText(*role)));
  return std::optional(Acting{subject, *role});
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

Result<void> AccessPolicy::Check(std::string_view method, Role role) const {
  const auto* roles = FindRoles(method);
  if (!roles)
    return Error{Code::kPermissionDenied, "METHOD_NOT_LISTED",
                 "no role may call " + std::string(method),
                 "Call another method; this one is missing in the access policy."};
  if (!roles->contains(role))
    return Error{Code::kPermissionDenied, "ROLE_NOT_ALLOWED",
                 "role " + std::string(ToText(role)) + " may not call " + std::string(method),
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

std::string ToActingForHeader(std::string_view subject) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : subject) {
    if (c > 0x20 && c < 0x7f && c != '%') {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return text;
}

Result<Claims> AccessGate::Verify(std::string_view authorization) const {
  if (authorization.empty())
    return Error{Code::kUnauthenticated, "TOKEN_MISSING", "the call carries no token",
                 "Send `authorization: Bearer <token>`."};
  if (!IsBearer(authorization))
    return Error{Code::kUnauthenticated, "TOKEN_SCHEME", "the authorization is not a bearer token",
                 "Send `authorization: Bearer <token>`, once."};
  return verifier_.Verify(authorization.substr(authorization.find(' ') + 1), clock_());
}

Result<Claims> AccessGate::Admit(std::string_view method, std::string_view authorization) const {
  auto claims = Verify(authorization);
  if (!claims.ok()) return claims;
  if (auto allowed = policy_.Check(method, claims->role); !allowed.ok()) return allowed.error();
  return claims;
}

Result<Admitted> AccessGate::AdmitActing(std::string_view method, std::string_view authorization,
                                         const ActingHeaders& headers) const {
  auto claims = Verify(authorization);
  if (!claims.ok()) return claims.error();
  auto acting = ReadActing(*claims, headers);
  if (!acting.ok()) return acting.error();
  const Role role = *acting ? (*acting)->role : claims->role;
  if (auto allowed = policy_.Check(method, role); !allowed.ok()) return allowed.error();
  return Admitted{*std::move(claims), *std::move(acting)};
}

}  // namespace usher::io
