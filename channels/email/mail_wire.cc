// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_wire.h"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "base/check.h"
#include "base/io/dial.h"
#include "base/io/tls_error.h"

namespace usher::email {

namespace asio = boost::asio;
using ErrorCode = io::Stream::ErrorCode;

namespace {

constexpr std::size_t kReadBytes = 64 * 1'024;

Error ConnectionLost(const MailServer& server, const std::string& why) {
  return {Code::kUnavailable, "MAIL_CONNECTION_LOST",
          "the connection to " + NameOf(server) + " is gone: " + why, "none; it is tried again"};
}

}  // namespace

MailWire::MailWire(io::EventLoop& loop, const MailServer& server, Hooks hooks)
    : loop_(loop), server_(server), hooks_(std::move(hooks)), limit_(loop), buffer_(kReadBytes) {}

std::shared_ptr<MailWire> MailWire::Open(io::EventLoop& loop, const MailServer& server,
                                         Hooks hooks) {
  const std::shared_ptr<MailWire> wire(new MailWire(loop, server, std::move(hooks)));
  wire->Dial();
  return wire;
}

void MailWire::Dial() {
  is_tls_ = server_.security == MailSecurity::kTls;
  io::Dial(loop_,
           {.host = server_.host,
            .port = server_.port,
            .tls = is_tls_,
            .tls_name = server_.tls_name,
            .tls_files = {.ca = server_.ca_file},
            .timeout = server_.timeout},
           [self = shared_from_this()](Result<io::Stream> stream) {
             if (self->closed_) {
               if (stream.ok()) stream->Close();
               return;
             }
             if (!stream.ok()) return self->Lose(stream.error());
             self->stream_.emplace(*std::move(stream));
             if (self->hooks_.on_open) self->hooks_.on_open();
             self->Read();
             self->WriteNext();
           });
}

void MailWire::Read() {
  if (closed_ || turns_to_tls_) return;
  stream_->async_read_some(asio::buffer(buffer_),
                           [self = shared_from_this()](const ErrorCode& error, std::size_t count) {
                             if (self->closed_) return;
                             if (error)
                               return self->Lose(ConnectionLost(self->server_, error.message()));
                             self->hooks_.on_bytes({self->buffer_.data(), count});
                             self->Read();
                           });
}

void MailWire::Send(std::string bytes, std::function<void()> written) {
  if (closed_) return;
  outbox_bytes_ += bytes.size();
  outbox_.push_back({std::move(bytes), std::move(written)});
  if (outbox_bytes_ > kOutboxBytesMax) {
    return loop_.Post([self = shared_from_this()] {
      self->Lose(ConnectionLost(self->server_, "it takes too little of what it is sent"));
    });
  }
  WriteNext();
}

void MailWire::WriteNext() {
  if (closed_ || is_writing_ || turns_to_tls_ || !stream_ || outbox_.empty()) return;
  is_writing_ = true;
  writing_ = std::move(outbox_.front().bytes);
  auto written = std::move(outbox_.front().written);
  outbox_.pop_front();
  asio::async_write(*stream_, asio::buffer(writing_),
                    [self = shared_from_this(), written = std::move(written)](
                        const ErrorCode& error, std::size_t count) {
                      self->is_writing_ = false;
                      if (self->closed_) return;
                      self->outbox_bytes_ -= self->writing_.size();
                      // A server that closes says why first, so the reading tells of the end.
                      if (error || count < self->writing_.size()) return;
                      if (written) written();
                      self->WriteNext();
                    });
}

void MailWire::StartTls(std::function<void()> done) {
  if (closed_) return;
  USHER_CHECK(stream_.has_value(), "TLS without a connection");
  USHER_CHECK(!is_tls_, "TLS within TLS");
  USHER_CHECK(!is_writing_, "TLS amid a command");
  USHER_CHECK(outbox_.empty(), "TLS before a command");
  auto context = io::MakeTlsClientContext({.ca = server_.ca_file});
  if (!context.ok()) return Lose(context.error());
  turns_to_tls_ = true;
  io::Stream::Socket socket = std::move(stream_->socket());
  stream_.emplace(
      io::MakeTlsClientStream(std::move(socket), *std::move(context),
                              server_.tls_name.empty() ? server_.host : server_.tls_name));
  limit_.Start(server_.timeout, [self = shared_from_this()] {
    self->Lose(ConnectionLost(self->server_, "no TLS handshake in time"));
  });
  stream_->async_handshake(
      [self = shared_from_this(), done = std::move(done)](const ErrorCode& error) {
        self->limit_.Cancel();
        if (self->closed_) return;
        if (error) {
          return self->Lose(
              io::ToTlsError(NameOf(self->server_), error, self->stream_->verify_result()));
        }
        self->is_tls_ = true;
        self->turns_to_tls_ = false;
        done();
        self->Read();
        self->WriteNext();
      });
}

void MailWire::Lose(Error error) {
  if (closed_) return;
  const auto self = shared_from_this();
  const auto on_lost = hooks_.on_lost;
  Close();
  if (on_lost) on_lost(std::move(error));
}

void MailWire::Close() {
  if (closed_) return;
  closed_ = true;
  limit_.Cancel();
  outbox_.clear();
  if (stream_) stream_->Close();
  // What the hooks hold may hold this; they are dropped where nothing of them runs.
  loop_.Post([self = shared_from_this()] { self->hooks_ = {}; });
}

}  // namespace usher::email
