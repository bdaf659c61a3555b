// SPDX-License-Identifier: Apache-2.0
#include "base/io/call_context.h"

#include <algorithm>
#include <utility>

#include <grpcpp/server_context.h>

namespace usher::io {
namespace {

constexpr std::size_t kRequestIdMax = 128;

// Empty when the name is missing; nullopt when it is there twice, since two parties could then read
// two different values.
std::optional<std::string_view> FindOnce(const grpc::ServerContextBase& context, const char* name) {
  const auto [first, last] = context.client_metadata().equal_range(name);
  if (first == last) return std::string_view();
  if (std::next(first) != last) return std::nullopt;
  return std::string_view(first->second.data(), first->second.size());
}

}  // namespace

std::string CleanRequestId(std::string_view text) {
  const bool clean = text.size() <= kRequestIdMax &&
                     std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
  return clean ? std::string(text) : std::string();
}

Result<CallContext> AuthorizeCall(const AccessGate& gate, std::string_view method,
                                  grpc::CallbackServerContext& context) {
  const auto authorization = FindOnce(context, "authorization");
  // A doubled header is refused like any that is not "Bearer <token>".
  auto admitted =
      gate.AdmitActing(method, authorization.value_or("doubled"),
                       {FindOnce(context, kActingForHeader), FindOnce(context, kActingRoleHeader)});
  if (!admitted.ok()) return admitted.error();
  CallContext call;
  call.claims = std::move(admitted->claims);
  call.acting = std::move(admitted->acting);
  call.valid_for = std::max(Duration{0}, call.claims.expires_at - gate.Now());
  if (const auto deadline = context.deadline();
      deadline < std::chrono::system_clock::time_point::max())
    call.deadline = deadline;
  call.peer = context.peer();
  call.request_id = CleanRequestId(FindOnce(context, "x-request-id").value_or(""));
  return call;
}

}  // namespace usher::io
