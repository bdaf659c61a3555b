// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/io/token.h"
#include "base/result.h"
#include "base/time.h"

namespace google::protobuf {
class ServiceDescriptor;
}

namespace usher::io {

// Which roles may call which method. Names are written as on the wire:
// "/usher.routing.v1.RoutingService/SubmitContact". A method without a row refuses everybody.
// Filled at start-up, then only read.
class AccessPolicy {
 public:
  // Naming a method twice is a bug.
  void Allow(std::string_view method, std::initializer_list<Role> roles);

  // kPermissionDenied with reason ROLE_NOT_ALLOWED or METHOD_NOT_LISTED.
  Result<void> Check(std::string_view method, Role role) const;

  // For start-up: METHOD_NOT_LISTED when a method of these services has no row, METHOD_UNKNOWN when
  // a row names a method that none of them has. The message names them all.
  Result<void> VerifyCovers(
      const std::vector<const google::protobuf::ServiceDescriptor*>& services) const;

  const std::set<Role>* FindRoles(std::string_view method) const;

 private:
  std::map<std::string, std::set<Role>, std::less<>> roles_;
};

// The person for whom an adapter makes a call. A gateway has one token and speaks for many people;
// it says in each call for whom, by the metadata or headers `usher-acting-for` (the person's
// subject, bytes outside 0x21..0x7e and `%` written as %XX) and `usher-acting-role` (`agent` or
// `supervisor`). That is believed only of adapters whose token names the role in `acts_for`.
struct Acting {
  std::string subject;
  Role role = Role::kAgent;

  friend bool operator==(const Acting&, const Acting&) = default;
};

inline constexpr char kActingForHeader[] = "usher-acting-for";
inline constexpr char kActingRoleHeader[] = "usher-acting-role";
// The subject as it stands in the header.
std::string ToActingForHeader(std::string_view subject);

// Both headers as they came: nullopt where one was there twice, "" where it was not there.
struct ActingHeaders {
  std::optional<std::string_view> acting_for = "";
  std::optional<std::string_view> acting_role = "";
};

// Who came through the gate.
struct Admitted {
  Claims claims;
  std::optional<Acting> acting;
};

// The one door for gRPC unary calls, streams and HTTP: a bearer token, then the policy's row. The
// clock is handed in so that tests can move it. Thread-safe; all that it is given must outlive it.
class AccessGate {
 public:
  AccessGate(TokenVerifier& verifier, const AccessPolicy& policy, std::function<Instant()> clock);

  // `authorization` is the header's or metadata's value, "Bearer <token>"; empty when there is
  // none. kUnauthenticated (TOKEN_MISSING, TOKEN_SCHEME, or the verifier's reasons) or
  // kPermissionDenied.
  Result<Claims> Admit(std::string_view method, std::string_view authorization) const;
  // The same for a call that may be made for somebody: the policy's row is then asked for that
  // person's role, as if they called themselves. kPermissionDenied/BAD_ACTING_FOR for whoever may
  // not act so, and for headers that make no sense.
  Result<Admitted> AdmitActing(std::string_view method, std::string_view authorization,
                               const ActingHeaders& headers) const;

  Instant Now() const { return clock_(); }
  const AccessPolicy& policy() const { return policy_; }

 private:
  Result<Claims> Verify(std::string_view authorization) const;

  TokenVerifier& verifier_;
  const AccessPolicy& policy_;
  std::function<Instant()> clock_;
};

}  // namespace usher::io
