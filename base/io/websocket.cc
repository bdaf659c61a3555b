// SPDX-License-Identifier: Apache-2.0
#include "base/io/websocket.h"

#include <utility>

#include <boost/beast/core/error.hpp>
#include <boost/beast/websocket/error.hpp>

#include "base/io/websocket_wire.h"

namespace usher::io {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using ErrorCode = boost::system::error_code;

namespace {

constexpr std::size_t kFirstReadBytes = 256;
constexpr std::size_t kNextReadBytes = 16 * 1024;
constexpr std::size_t kIdleInboxBytes = 1024;
constexpr std::size_t kOutboxCompactAt = 64;

}  // namespace

std::shared_ptr<WebSocket> WebSocket::Wire::Make(Stream stream, const WebSocketLimits& limits,
                                                 std::string remote_address, std::string protocol) {
  auto socket = std::make_shared<WebSocket>(std::make_unique<Wire>(
      std::move(stream), limits, std::move(remote_address), std::move(protocol)));
  socket->wire_->owner = socket.get();
  return socket;
}

WebSocket::Wire::Wire(Stream stream, const WebSocketLimits& socket_limits, std::string remote,
                      std::string sub_protocol)
    : beast(std::move(stream)),
      limits(socket_limits),
      remote_address(std::move(remote)),
      protocol(std::move(sub_protocol)) {
  beast.read_message_max(limits.message_bytes_max);
  beast.auto_fragment(false);  // one frame for each message, and no write buffer
  beast.text(true);
  beast.control_callback(
      [this](websocket::frame_type kind, beast::string_view) { OnControlFrame(kind); });
  SetTimeouts();
}

void WebSocket::Wire::SetTimeouts() {
  websocket::stream_base::timeout timeouts{};
  timeouts.handshake_timeout = limits.close_timeout;
  timeouts.idle_timeout = limits.peer_timeout;
  timeouts.keep_alive_pings = true;
  beast.set_option(timeouts);
}

void WebSocket::Wire::Accept(const HandshakeRequest& request,
                             std::function<void(bool opened)> done) {
  beast.set_option(
      websocket::stream_base::decorator([agreed = protocol](websocket::response_type& response) {
        response.set(http::field::server, "usher");
        if (!agreed.empty()) response.set(http::field::sec_websocket_protocol, agreed);
      }));
  beast.async_accept(request, [self = Self(), done = std::move(done)](const ErrorCode& error) {
    self->wire_->beast.set_option(
        websocket::stream_base::decorator([](websocket::response_type&) {}));
    done(!error);
  });
}

void WebSocket::Wire::Connect(const std::string& host, const std::string& target,
                              const HttpHeaders& headers,
                              std::function<void(std::string problem)> done) {
  beast.set_option(websocket::stream_base::decorator([headers](websocket::request_type& request) {
    for (const auto& [name, value] : headers) request.set(name, value);
  }));
  auto response = std::make_shared<websocket::response_type>();
  beast.async_handshake(
      *response, host, target,
      [self = Self(), response, done = std::move(done)](const ErrorCode& error) {
        std::string problem;
        if (error == websocket::error::upgrade_declined) {
          problem = "the server answered " + std::to_string(response->result_int()) + " " +
                    response->body();
        } else if (error) {
          problem = error.message();
        }
        self->wire_->protocol = std::string((*response)[http::field::sec_websocket_protocol]);
        done(std::move(problem));
      });
}

void WebSocket::Wire::Read() {
  if (finished) return;
  const std::size_t limit = inbox_.size() == 0 ? kFirstReadBytes : kNextReadBytes;
  beast.async_read_some(inbox_, limit, [self = Self()](const ErrorCode& error, std::size_t) {
    self->wire_->OnRead(error);
  });
}

// Each ping costs a pong. The read that is under way fails and finishes the connection.
void WebSocket::Wire::OnControlFrame(websocket::frame_type kind) {
  if (kind != websocket::frame_type::ping || pings_.Count() <= limits.pings_max) return;
  pinged_too_much_ = true;
  beast.next_layer().Close();
}

void WebSocket::Wire::OnRead(const ErrorCode& error) {
  if (finished) return;
  if (error) {
    if (pinged_too_much_) return Finish(CloseCode::kPolicyViolation);
    // After our close frame the end of async_close tells how it ended, except when the peer's
    // own close came first.
    if (!close_sent || error == websocket::error::closed) Finish(CodeOf(error));
    return;
  }
  if (beast.is_message_done()) OnMessageComplete();
  Read();
}

void WebSocket::Wire::OnMessageComplete() {
  last_message = std::chrono::steady_clock::now();
  if (!beast.got_text()) {
    BeginClose(CloseCode::kUnsupportedData, "messages are text");
  } else if (!closing && on_message) {
    // A copy: the callback may replace itself.
    const auto callback = on_message;
    const auto data = inbox_.data();
    callback(std::string_view(static_cast<const char*>(data.data()), data.size()));
  }
  inbox_.consume(inbox_.size());
  if (inbox_.capacity() > kIdleInboxBytes) inbox_.shrink_to_fit();
}

bool WebSocket::Wire::Queue(std::string text) {
  if (finished || closing || text.size() > limits.outbox_bytes_max ||
      outbox_bytes > limits.outbox_bytes_max - text.size()) {
    return false;
  }
  outbox_bytes += text.size();
  outbox_.push_back(std::move(text));
  WriteNext();
  return true;
}

void WebSocket::Wire::WriteNext() {
  if (write_under_way_ || finished) return;
  if (outbox_next_ == outbox_.size()) {
    outbox_ = {};
    outbox_next_ = 0;
    if (closing) SendClose();
    return;
  }
  writing_ = std::move(outbox_[outbox_next_++]);
  if (outbox_next_ >= kOutboxCompactAt && outbox_next_ * 2 > outbox_.size()) {
    outbox_.erase(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(outbox_next_));
    outbox_next_ = 0;
  }
  write_under_way_ = true;
  writing_since_ = std::chrono::steady_clock::now();
  if (stall_timer_ == nullptr) WatchForStall(limits.stall_timeout);
  beast.async_write(asio::buffer(writing_), [self = Self()](const ErrorCode& error, std::size_t) {
    Wire& wire = *self->wire_;
    wire.write_under_way_ = false;
    wire.outbox_bytes -= wire.writing_.size();
    wire.writing_ = {};
    if (!error) return wire.WriteNext();
    if (!wire.close_sent) wire.Finish(wire.CodeOf(error));
  });
}

// One timer that outlives many messages costs less than one for each.
void WebSocket::Wire::WatchForStall(Duration after) {
  stall_timer_ = std::make_unique<asio::steady_timer>(beast.get_executor(), after);
  stall_timer_->async_wait([weak = owner->weak_from_this()](const ErrorCode& error) {
    const auto self = weak.lock();
    if (error || !self || self->wire_->finished) return;
    Wire& wire = *self->wire_;
    wire.stall_timer_.reset();
    if (!wire.write_under_way_) return;
    const auto waited = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() -
                                                             wire.writing_since_);
    if (waited < wire.limits.stall_timeout) {
      return wire.WatchForStall(wire.limits.stall_timeout - waited);
    }
    wire.Finish(CloseCode::kTryAgainLater);
  });
}

void WebSocket::Wire::BeginClose(CloseCode code, std::string_view reason) {
  if (finished || closing) return;
  closing = true;
  close_reason_.code = static_cast<websocket::close_code>(code);
  reason = reason.substr(0, close_reason_.reason.max_size());
  close_reason_.reason.assign(reason.data(), reason.size());
  close_timer_ = std::make_unique<asio::steady_timer>(beast.get_executor(), limits.close_timeout);
  close_timer_->async_wait([weak = owner->weak_from_this()](const ErrorCode& error) {
    const auto self = weak.lock();
    if (!error && self) self->wire_->Finish(CloseCode::kAbnormal);
  });
  if (!write_under_way_) WriteNext();
}

void WebSocket::Wire::SendClose() {
  if (close_sent) return;
  close_sent = true;
  beast.async_close(close_reason_, [self = Self()](const ErrorCode& error) {
    Wire& wire = *self->wire_;
    wire.Finish(error ? CloseCode::kAbnormal : wire.PeerCode());
  });
}

CloseCode WebSocket::Wire::PeerCode() const {
  const auto code = beast.reason().code;
  return code == websocket::close_code::none ? CloseCode::kNoStatus : static_cast<CloseCode>(code);
}

CloseCode WebSocket::Wire::CodeOf(const ErrorCode& error) const {
  if (error == websocket::error::closed) return PeerCode();
  if (error == websocket::error::message_too_big) return CloseCode::kTooBig;
  if (error == websocket::error::buffer_overflow) return CloseCode::kTooBig;
  if (error == websocket::error::bad_frame_payload) return CloseCode::kBadPayload;
  if (error == websocket::condition::protocol_violation) return CloseCode::kProtocolError;
  return CloseCode::kAbnormal;
}

void WebSocket::Wire::Finish(CloseCode code) {
  if (finished) return;
  finished = true;
  const auto keep = Self();
  close_timer_.reset();
  stall_timer_.reset();
  beast.next_layer().Close();
  outbox_ = {};
  outbox_next_ = 0;
  on_message = nullptr;
  if (const auto gone = std::exchange(on_gone, nullptr)) gone();
  if (const auto closed = std::exchange(on_close, nullptr)) closed(code);
}

WebSocket::WebSocket(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {}
WebSocket::~WebSocket() = default;

void WebSocket::OnMessage(std::function<void(std::string_view)> fn) {
  if (!wire_->finished) wire_->on_message = std::move(fn);
}

void WebSocket::OnClose(std::function<void(CloseCode)> fn) {
  if (!wire_->finished) wire_->on_close = std::move(fn);
}

bool WebSocket::Send(std::string text) { return wire_->Queue(std::move(text)); }

void WebSocket::Close(CloseCode code, std::string_view reason) { wire_->BeginClose(code, reason); }

// The read that is under way, or the next one, fails and finishes the connection: on_close never
// runs inside a call of its owner.
void WebSocket::Abort() {
  wire_->close_sent = false;
  wire_->beast.next_layer().Close();
}

bool WebSocket::is_open() const { return !wire_->finished && !wire_->closing; }

std::size_t WebSocket::outbox_bytes() const { return wire_->outbox_bytes; }

const std::string& WebSocket::remote_address() const { return wire_->remote_address; }

const std::string& WebSocket::protocol() const { return wire_->protocol; }

Duration WebSocket::idle_for() const {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() -
                                              wire_->last_message);
}

}  // namespace usher::io
