// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
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
  Result<void> Check(std::string_view method, const Claims& claims) const;

  // For start-up: METHOD_NOT_LISTED when a method of these services has no row, METHOD_UNKNOWN when
  // a row names a method that none of them has. The message names them all.
  Result<void> VerifyCovers(
      const std::vector<const google::protobuf::ServiceDescriptor*>& services) const;

  const std::set<Role>* FindRoles(std::string_view method) const;

 private:
  std::map<std::string, std::set<Role>, std::less<>> roles_;
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

  Instant Now() const { return clock_(); }
  const AccessPolicy& policy() const { return policy_; }

 private:
  TokenVerifier& verifier_;
  const AccessPolicy& policy_;
  std::function<Instant()> clock_;
};

}  // namespace usher::io
