// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/io/call_gate.h"
#include "base/io/event_loop.h"
#include "base/io/grpc_acceptor.h"
#include "base/result.h"
#include "base/time.h"

namespace grpc {
class Channel;
class Server;
class Service;
}  // namespace grpc

namespace usher::io {

// PEM files, read again within seconds when they change. With `client_ca`, clients must show a
// certificate that it signed.
struct GrpcServerTlsFiles {
  std::string certificate;
  std::string key;
  std::string client_ca = {};
  unsigned int look_every_seconds = 5;
};

// PEM texts. With `client_ca`, clients must show a certificate that it signed.
struct TlsCredentials {
  std::string certificate;
  std::string key;
  std::string client_ca;
};

struct GrpcServerOptions {
  // An IP address or `localhost`, and a port; port 0 takes a free one; "" in-process only.
  std::string address = "127.0.0.1:0";
  std::optional<TlsCredentials> tls = {};            // none: plain text
  std::optional<GrpcServerTlsFiles> tls_files = {};  // instead of `tls`
  int message_bytes_max = 4 << 20;                   // received; a longer one fails the call
  int streams_per_connection_max = 1'000;            // concurrent calls
  int metadata_bytes_max = 16 << 10;
  std::size_t buffer_bytes_max = 512 << 20;  // of all connections; gRPC reads less as it nears it
  Duration handshake_timeout{10'000};        // of TLS and HTTP/2, from the accept
  Duration idle_timeout{600'000};            // a connection without calls is closed
  Duration keepalive_interval{10'000};       // pings on quiet connections
  Duration keepalive_timeout{10'000};        // a ping unanswered this long closes the connection
  Duration client_ping_interval_min{5'000};  // clients that ping more often are disconnected
};

// A running gRPC server with the standard health service and reflection, which show whether it
// serves and what the contract is, never data, and so need no token. Made and destroyed on any
// thread that is not a gRPC reaction.
class GrpcServer {
 public:
  // The services must outlive the server. kUnavailable, ADDRESS_NOT_BOUND when the address cannot
  // be bound; kInvalidArgument, INVALID_ADDRESS when it is none, TLS_CREDENTIALS or TLS_KEY_EXPOSED
  // when the PEMs are unusable.
  static Result<std::unique_ptr<GrpcServer>> Start(const GrpcServerOptions& options,
                                                   const std::vector<grpc::Service*>& services);
  // Shuts down as by Shutdown(0) if that has not happened; so the loop must still run.
  ~GrpcServer();

  // The bound TCP port; 0 when in-process only.
  int port() const { return acceptor_ ? acceptor_->port() : 0; }

  // Connections that could not be accepted, for want of file descriptors mostly.
  std::uint64_t accept_failures() const { return acceptor_ ? acceptor_->failures() : 0; }

  // What `grpc.health.v1.Health` answers for "" and every service. Starts as serving.
  void SetServing(bool serving);

  // A channel to this server without a network. Its calls must pass the gate (CallOptions::gate),
  // so that none is made once the server shuts down.
  std::shared_ptr<grpc::Channel> InProcessChannel();
  std::shared_ptr<CallGate> call_gate() const { return gate_; }

  // Not serving, no new calls, `grace` for the live ones, then they are cancelled; returns when the
  // last has ended. Calls in process have no grace, because gRPC cuts that transport at once: end
  // their clients first. The loop that serves the calls must run meanwhile, so never call it there.
  // Calling it again does nothing.
  void Shutdown(Duration grace);

  // The same from the loop's thread: waits on a thread of its own, then posts `done` to the loop.
  // At most once.
  void ShutdownThen(EventLoop& loop, Duration grace, std::function<void()> done);

 private:
  GrpcServer();

  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;
  std::unique_ptr<GrpcAcceptor> acceptor_;  // null: in-process only
  std::shared_ptr<CallGate> gate_ = std::make_shared<CallGate>();
  bool stopped_ = false;
  std::thread stopping_;
};

}  // namespace usher::io
