// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <grpcpp/client_context.h>

#include "base/io/access.h"
#include "base/io/call_gate.h"
#include "base/io/event_loop.h"
#include "base/io/grpc_status.h"
#include "base/result.h"
#include "base/time.h"

namespace usher::io {

// What every call of ours carries.
struct CallOptions {
  std::string token = {};                // sent as `authorization: Bearer <token>` unless empty
  std::optional<Acting> acting = {};     // for whom; the token must allow it
  std::optional<Duration> timeout = {};  // from now
  std::string request_id = {};           // sent as `x-request-id` unless empty
  bool wait_for_ready = false;  // wait for a connection instead of failing with UNAVAILABLE
  std::shared_ptr<CallGate> gate =
      {};  // GrpcServer::call_gate() for calls over its in-process channel
};

// Sets them on the context, then runs `make_call`, unless the options' gate is closed: then
// SERVER_STOPPED.
Result<void> StartCall(const CallOptions& options, grpc::ClientContext& context,
                       const std::function<void()>& make_call);

// While it lives the loop has open work: EventLoop::Stop waits for it as long as its drain allows.
// Every call holds one, since gRPC posts the call's end to the loop from its own threads.
std::shared_ptr<void> KeepRunning(EventLoop& loop);

// Cancels the call that it stands for; harmless when the call is over. Any thread. Dropping it does
// not cancel.
class CallHandle {
 public:
  explicit CallHandle(std::weak_ptr<grpc::ClientContext> context) : context_(std::move(context)) {}
  void Cancel() {
    if (auto context = context_.lock()) context->TryCancel();
  }

 private:
  std::weak_ptr<grpc::ClientContext> context_;
};

// A unary call whose answer arrives on the loop's thread, exactly once. Any thread may start it;
// the loop must run until the answer has come.
//
//   CallUnary<SubmitContactRequest, SubmitContactResponse>(
//       loop, {.token = token}, request,
//       [&](auto* context, auto* req, auto* resp, auto done) {
//         stub.async()->SubmitContact(context, req, resp, std::move(done));
//       },
//       [](Result<SubmitContactResponse> answer) { … });
template <class Req, class Resp, class Start>
CallHandle CallUnary(EventLoop& loop, const CallOptions& options, Req request, Start start,
                     std::function<void(Result<Resp>)> done) {
  struct Call {
    grpc::ClientContext context;
    Req request;
    Resp response;
    std::function<void(Result<Resp>)> done;
    std::shared_ptr<void> work;
  };
  auto call = std::make_shared<Call>();
  call->work = KeepRunning(loop);
  call->request = std::move(request);
  call->done = std::move(done);
  CallHandle handle{std::shared_ptr<grpc::ClientContext>(call, &call->context)};
  // The call goes to the loop as a whole: were its context freed on gRPC's thread as the channel's
  // last owner, that thread would destroy the completion queue that it is reading from.
  auto answer = [call, &loop](grpc::Status status) mutable {
    loop.Post([call = std::move(call), status = std::move(status)] {
      auto finished = std::move(call->done);
      if (status.ok()) {
        finished(std::move(call->response));
      } else {
        finished(FromGrpcStatus(status));
      }
    });
  };
  const auto started = StartCall(options, call->context, [&] {
    start(&call->context, &call->request, &call->response, answer);
  });
  if (!started.ok()) answer(ToGrpcStatus(started.error()));
  return handle;
}

}  // namespace usher::io
