// SPDX-License-Identifier: Apache-2.0
#include "base/io/client_call.h"

#include <chrono>

namespace usher::io {

void ApplyOptions(const CallOptions& options, grpc::ClientContext& context) {
  if (!options.token.empty()) context.AddMetadata("authorization", "Bearer " + options.token);
  if (!options.request_id.empty()) context.AddMetadata("x-request-id", options.request_id);
  if (options.timeout) context.set_deadline(std::chrono::system_clock::now() + *options.timeout);
  context.set_wait_for_ready(options.wait_for_ready);
}

}  // namespace usher::io
