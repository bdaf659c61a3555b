// SPDX-License-Identifier: Apache-2.0
#include "base/io/client_call.h"

#include <chrono>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace usher::io {

Result<void> StartCall(const CallOptions& options, grpc::ClientContext& context,
                       const std::function<void()>& make_call) {
  if (!options.token.empty()) context.AddMetadata("authorization", "Bearer " + options.token);
  if (options.acting) {
    context.AddMetadata(kActingForHeader, ToActingForHeader(options.acting->subject));
    context.AddMetadata(kActingRoleHeader, std::string(ToText(options.acting->role)));
  }
  if (!options.request_id.empty()) context.AddMetadata("x-request-id", options.request_id);
  if (options.timeout) context.set_deadline(std::chrono::system_clock::now() + *options.timeout);
  context.set_wait_for_ready(options.wait_for_ready);
  if (!options.gate) {
    make_call();
  } else if (!options.gate->Pass(make_call)) {
    return Error{Code::kUnavailable, "SERVER_STOPPED",
                 "the server in this process is shutting down", "Stop calling it."};
  }
  return {};
}

std::shared_ptr<void> KeepRunning(EventLoop& loop) {
  using Guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;
  return std::make_shared<Guard>(loop.context().get_executor());
}

}  // namespace usher::io
