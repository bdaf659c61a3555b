// SPDX-License-Identifier: Apache-2.0
#include "base/io/grpc_acceptor.h"

#include <utility>

#include <grpcpp/server_builder.h>

#include "base/io/listen_address.h"

namespace usher::io {

namespace {

void HandOver(Stream::Socket socket, grpc::experimental::ExternalConnectionAcceptor& server) {
  Stream::ErrorCode error;
  socket.native_non_blocking(true, error);
  const int descriptor = socket.release(error);
  if (error) return;  // it is closed with the socket
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
  connection.fd = descriptor;
  server.HandleNewConnection(&connection);
}

}  // namespace

Result<std::unique_ptr<GrpcAcceptor>> GrpcAcceptor::Open(const std::string& address) {
  Result<ListenAddress> parsed = ParseListenAddress(address);
  if (!parsed.ok()) return parsed.error();
  std::unique_ptr<GrpcAcceptor> acceptor(new GrpcAcceptor);
  Result<std::unique_ptr<Listener>> listener = Listener::Open(acceptor->loop_, *parsed);
  if (!listener.ok()) return listener.error();
  acceptor->listener_ = *std::move(listener);
  return acceptor;
}

GrpcAcceptor::~GrpcAcceptor() { Stop(); }

int GrpcAcceptor::port() const { return listener_->address().port; }

void GrpcAcceptor::Start(grpc::experimental::ExternalConnectionAcceptor& server) {
  loop_.Start("usher-accept");
  loop_.Call([this, &server] {
    listener_->Start(
        [&server](Stream::Socket socket, std::string) { HandOver(std::move(socket), server); });
  });
}

void GrpcAcceptor::Stop() {
  if (!listener_) return;
  loop_.Call([this] { listener_->Close(); });
  loop_.Stop(Duration{0});
}

}  // namespace usher::io
