// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/io/event_loop.h"
#include "base/io/listener.h"
#include "base/result.h"

namespace grpc::experimental {
class ExternalConnectionAcceptor;
}

namespace usher::io {

// Accepts the connections of a gRPC server in its place. gRPC's own listener is gone for good once
// a single accept has failed for want of a file descriptor (seen with 1.51): the port stays open,
// and nobody is ever answered there again. Ours waits a moment and goes on (listener.h).
//
// It has a thread of its own, which does nothing else.
class GrpcAcceptor {
 public:
  // Binds `address`, host:port with an IP address or `localhost`. The port is taken, and nothing is
  // accepted before Start. Errors as ParseListenAddress and Listener::Open say.
  static Result<std::unique_ptr<GrpcAcceptor>> Open(const std::string& address);
  // Stops.
  ~GrpcAcceptor();

  int port() const;
  std::uint64_t failures() const { return listener_->failures(); }
  // Hands connections to `server`, which must outlive the acceptor's Stop.
  void Start(grpc::experimental::ExternalConnectionAcceptor& server);
  // Closes the port; returns when nothing is handed over any more. Again is harmless.
  void Stop();

 private:
  GrpcAcceptor() = default;

  EventLoop loop_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace usher::io
