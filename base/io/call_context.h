// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/io/access.h"
#include "base/io/token.h"
#include "base/result.h"
#include "base/time.h"

namespace grpc {
class CallbackServerContext;
class ServerContextBase;
}  // namespace grpc

namespace usher::io {

// What a handler may know of the call that it serves, however the call came.
struct CallContext {
  Claims claims;
  std::optional<Acting> acting{};  // for whom an adapter makes this call, if for somebody
  std::optional<std::chrono::system_clock::time_point> deadline;  // the caller waits no longer
  Duration valid_for = Duration::max();  // from now until the token expires
  std::string peer;                      // "ipv4:127.0.0.1:4711"; for logs, never for decisions
  std::string request_id;  // the caller's `x-request-id`, at most 128 printable characters, or ""

  // Who acts: the person for whom a gateway calls, else the token's bearer. What people may see,
  // and who changed or read something, goes by these two and never by the claims.
  const std::string& acting_subject() const { return acting ? acting->subject : claims.subject; }
  Role acting_role() const { return acting ? acting->role : claims.role; }
};

// Authenticates a gRPC call, stream or unary, by its one `authorization` metadata, for whom it is
// made, and the gate's policy row for `method`. Streams that are served with the result end when
// the token does. May be called on gRPC's threads.
Result<CallContext> AuthorizeCall(const AccessGate& gate, std::string_view method,
                                  grpc::CallbackServerContext& context);

// A caller's request id, or "" when it is longer than 128 bytes or not printable ASCII.
std::string CleanRequestId(std::string_view text);

}  // namespace usher::io
