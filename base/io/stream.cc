// SPDX-License-Identifier: Apache-2.0
#include "base/io/stream.h"

#include <array>
#include <memory>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/check.h"

namespace usher::io {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using ErrorCode = Stream::ErrorCode;

// Ends a TCP connection so that what was sent arrives: closing with unread input would reset it.
// (Beast's own teardown reads once and then closes.)
class TcpTeardown : public std::enable_shared_from_this<TcpTeardown> {
 public:
  TcpTeardown(Stream::Socket& socket, Stream::DoneHandler handler)
      : socket_(socket), handler_(std::move(handler)) {}

  // A client lets the server close first, so that the server keeps no state of the connection.
  void Start(boost::beast::role_type role) {
    ErrorCode ignored;
    if (role == boost::beast::role_type::server) {
      socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    }
    Drain();
  }

 private:
  void Drain() {
    socket_.async_read_some(asio::buffer(bytes_),
                            [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                              if (!error) return self->Drain();
                              self->End(error);
                            });
  }

  void End(const ErrorCode& error) {
    ErrorCode ignored;
    socket_.close(ignored);
    std::move(handler_)(error == asio::error::eof ? ErrorCode{} : error);
  }

  Stream::Socket& socket_;
  Stream::DoneHandler handler_;
  std::array<char, 2048> bytes_;
};

class PlainTransport final : public Stream::Transport {
 public:
  explicit PlainTransport(Stream::Socket socket) : socket_(std::move(socket)) {}

  void Read(const Stream::ReadBuffers& buffers, Stream::IoHandler handler) override {
    socket_.async_read_some(buffers, std::move(handler));
  }
  void Write(const Stream::WriteBuffers& buffers, Stream::IoHandler handler) override {
    socket_.async_write_some(buffers, std::move(handler));
  }
  void Handshake(Stream::DoneHandler handler) override {
    asio::post(socket_.get_executor(),
               [handler = std::move(handler)]() mutable { std::move(handler)(ErrorCode{}); });
  }
  void Teardown(boost::beast::role_type role, Stream::DoneHandler handler) override {
    std::make_shared<TcpTeardown>(socket_, std::move(handler))->Start(role);
  }
  Stream::Socket& socket() override { return socket_; }

 private:
  Stream::Socket socket_;
};

class TlsTransport final : public Stream::Transport {
 public:
  using TlsStream = ssl::stream<Stream::Socket>;

  TlsTransport(Stream::Socket socket, TlsContext context, ssl::stream_base::handshake_type side)
      : context_(std::move(context)), stream_(std::move(socket), *context_), side_(side) {}

  TlsStream& stream() { return stream_; }

  void Read(const Stream::ReadBuffers& buffers, Stream::IoHandler handler) override {
    stream_.async_read_some(buffers, std::move(handler));
  }
  void Write(const Stream::WriteBuffers& buffers, Stream::IoHandler handler) override {
    stream_.async_write_some(buffers, std::move(handler));
  }
  void Handshake(Stream::DoneHandler handler) override {
    stream_.async_handshake(side_, std::move(handler));
  }
  void Teardown(boost::beast::role_type role, Stream::DoneHandler handler) override {
    stream_.async_shutdown([this, role, handler = std::move(handler)](const ErrorCode&) mutable {
      std::make_shared<TcpTeardown>(socket(), std::move(handler))->Start(role);
    });
  }
  Stream::Socket& socket() override { return stream_.next_layer(); }
  long verify_result() const override {
    return SSL_get_verify_result(const_cast<TlsStream&>(stream_).native_handle());
  }

 private:
  TlsContext context_;
  TlsStream stream_;
  ssl::stream_base::handshake_type side_;
};

Error TlsFileError(const std::string& file, const ErrorCode& error) {
  return {Code::kInvalidArgument, "TLS_FILES_INVALID", file + ": " + error.message(),
          "give PEM files that this process can read: the certificate chain and its private key"};
}

}  // namespace

Stream MakePlainStream(Stream::Socket socket) {
  return Stream(std::make_unique<PlainTransport>(std::move(socket)));
}

Stream MakeTlsServerStream(Stream::Socket socket, TlsContext context) {
  return Stream(std::make_unique<TlsTransport>(std::move(socket), std::move(context),
                                               ssl::stream_base::server));
}

Stream MakeTlsClientStream(Stream::Socket socket, TlsContext context, const std::string& host) {
  auto transport = std::make_unique<TlsTransport>(std::move(socket), std::move(context),
                                                  ssl::stream_base::client);
  auto& stream = transport->stream();
  stream.set_verify_mode(ssl::verify_peer);
  // OpenSSL's own check of the name, which says afterwards that it was the name.
  X509_VERIFY_PARAM* const check = SSL_get0_param(stream.native_handle());
  X509_VERIFY_PARAM_set_hostflags(check, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (X509_VERIFY_PARAM_set1_ip_asc(check, host.c_str()) != 1) {
    USHER_CHECK(X509_VERIFY_PARAM_set1_host(check, host.c_str(), host.size()) == 1,
                "a host name that no certificate can have");
    SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
  }
  return Stream(std::move(transport));
}

Result<TlsContext> MakeTlsServerContext(const std::string& certificate_chain_file,
                                        const std::string& private_key_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  ErrorCode error;
  context->use_certificate_chain_file(certificate_chain_file, error);
  if (error) return TlsFileError(certificate_chain_file, error);
  context->use_private_key_file(private_key_file, ssl::context::pem, error);
  if (error) return TlsFileError(private_key_file, error);
  return context;
}

Result<TlsContext> MakeTlsClientContext(const TlsClientFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  ErrorCode error;
  if (files.ca.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(files.ca, error);
  }
  if (error) return TlsFileError(files.ca.empty() ? "the system's authorities" : files.ca, error);
  if (files.certificate.empty()) return context;
  context->use_certificate_chain_file(files.certificate, error);
  if (error) return TlsFileError(files.certificate, error);
  context->use_private_key_file(files.key, ssl::context::pem, error);
  if (error) return TlsFileError(files.key, error);
  return context;
}

}  // namespace usher::io
