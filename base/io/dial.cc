// SPDX-License-Identifier: Apache-2.0
#include "base/io/dial.h"

#include <memory>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>

#include "base/io/tls_error.h"

namespace usher::io {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = Stream::ErrorCode;

namespace {

// One attempt. Each step's handler holds it, so it lives until it has told its end.
class Attempt : public std::enable_shared_from_this<Attempt> {
 public:
  Attempt(EventLoop& loop, DialTarget target, std::function<void(Result<Stream>)> done)
      : target_(std::move(target)),
        done_(std::move(done)),
        resolver_(loop.context()),
        socket_(loop.context()),
        limit_(loop) {}

  void Start() {
    limit_.Start(target_.timeout, [self = shared_from_this()] {
      self->End(Error{Code::kUnavailable, "TIMEOUT",
                      self->Name() + " did not answer in time" +
                          (self->stream_ ? " (does it speak TLS on this port?)" : ""),
                      "check that it runs and can be reached from here"});
    });
    if (!target_.unix_path.empty()) return ConnectUnix();
    resolver_.async_resolve(
        target_.host, std::to_string(target_.port), tcp::resolver::numeric_service,
        [self = shared_from_this()](const ErrorCode& error, const tcp::resolver::results_type& to) {
          if (error) return self->Unreachable(error);
          self->ConnectTcp(to);
        });
  }

 private:
  std::string Name() const {
    if (!target_.unix_path.empty()) return "unix:" + target_.unix_path;
    return target_.host + ":" + std::to_string(target_.port);
  }

  void ConnectUnix() {
    // The length is checked by the caller that took the path from outside; a longer one throws.
    if (target_.unix_path.size() > 107) return Unreachable(asio::error::name_too_long);
    socket_.async_connect(asio::local::stream_protocol::endpoint(target_.unix_path),
                          [self = shared_from_this()](const ErrorCode& error) {
                            if (error) return self->Unreachable(error);
                            self->OnConnected(std::move(self->socket_));
                          });
  }

  void ConnectTcp(const tcp::resolver::results_type& to) {
    if (!done_) return;
    tcp_ = std::make_unique<tcp::socket>(socket_.get_executor());
    asio::async_connect(*tcp_, to,
                        [self = shared_from_this()](const ErrorCode& error, const tcp::endpoint&) {
                          if (error) return self->Unreachable(error);
                          ErrorCode ignored;
                          self->tcp_->set_option(tcp::no_delay(true), ignored);
                          self->OnConnected(Stream::Socket(std::move(*self->tcp_)));
                        });
  }

  void OnConnected(Stream::Socket socket) {
    if (!done_) return;
    if (!target_.tls) return End(MakePlainStream(std::move(socket)));
    auto context = MakeTlsClientContext(target_.tls_files);
    if (!context.ok()) return End(context.error());
    stream_ = std::make_unique<Stream>(
        MakeTlsClientStream(std::move(socket), *std::move(context),
                            target_.tls_name.empty() ? target_.host : target_.tls_name));
    stream_->async_handshake([self = shared_from_this()](const ErrorCode& error) {
      if (!self->done_) return;
      if (!error) return self->End(std::move(*self->stream_));
      self->End(ToTlsError(self->Name(), error, self->stream_->verify_result()));
    });
  }

  void Unreachable(const ErrorCode& error) {
    End(Error{Code::kUnavailable, "UNREACHABLE",
              "cannot connect to " + Name() + ": " + error.message(),
              "check the address and that a server listens there"});
  }

  void End(Result<Stream> result) {
    const auto done = std::exchange(done_, nullptr);
    if (!done) return;
    const auto self = shared_from_this();
    limit_.Cancel();
    resolver_.cancel();
    ErrorCode ignored;
    socket_.close(ignored);
    if (tcp_ != nullptr) tcp_->close(ignored);
    if (!result.ok() && stream_ != nullptr) stream_->Close();
    done(std::move(result));
  }

  DialTarget target_;
  std::function<void(Result<Stream>)> done_;
  tcp::resolver resolver_;
  Stream::Socket socket_;
  std::unique_ptr<tcp::socket> tcp_;
  std::unique_ptr<Stream> stream_;
  Timer limit_;
};

}  // namespace

void Dial(EventLoop& loop, DialTarget target, std::function<void(Result<Stream>)> done) {
  std::make_shared<Attempt>(loop, std::move(target), std::move(done))->Start();
}

}  // namespace usher::io
