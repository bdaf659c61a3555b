// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <grpcpp/support/status.h>

#include "base/result.h"

namespace grpc {
class ServerContextBase;
}

namespace usher::io {

// An Error as a gRPC status: code and message, and in the status details
// (`grpc-status-details-bin`) a google.rpc.Status that holds one usher.type.v1.ErrorDetail. Text is
// cut at 1 KiB each, so that a status always fits into the metadata that peers accept (8 KiB).
grpc::Status ToGrpcStatus(const Error& error);

// The other way. A status without our detail (from gRPC itself, or another server) gets the reason
// "RPC_" + its code's name, such as RPC_UNAVAILABLE. The status must not be OK. Codes that Usher
// does not use map to their nearest: CANCELLED to kAborted, UNKNOWN and UNIMPLEMENTED to kInternal,
// OUT_OF_RANGE to kInvalidArgument.
Error FromGrpcStatus(const grpc::Status& status);

// Adds the trailing metadata `usher-reason` and `usher-next-step` (percent-encoded like
// grpc-message), for clients without the protos. Call before the call is finished.
void AddErrorTrailers(grpc::ServerContextBase& context, const Error& error);

// The bytes of the usher.type.v1.ErrorDetail of an error.
std::string EncodeErrorDetail(const Error& error);

// A gRPC code's name, "NOT_FOUND".
std::string_view GrpcCodeName(int code);

}  // namespace usher::io
