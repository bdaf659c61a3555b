// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "base/io/http_message.h"
#include "base/io/rate_window.h"
#include "base/io/stream.h"
#include "base/io/websocket.h"

namespace usher::io {

// What stands behind a WebSocket; only sources of base/io include this.
//
// An idle connection costs what Beast's stream costs (about 2.5 kB, of which 1.5 kB is its read
// buffer) and a 256 byte read: the inbox grows for the message that needs it and shrinks again, the
// outbox allocates nothing while it is empty, and the timer of Close is made by Close.
struct WebSocket::Wire {
  using BeastSocket = boost::beast::websocket::stream<Stream, /*deflateSupported=*/false>;
  using HandshakeRequest =
      boost::beast::http::request<boost::beast::http::string_body, boost::beast::http::fields>;

  static std::shared_ptr<WebSocket> Make(Stream stream, const WebSocketLimits& limits,
                                         std::string remote_address, std::string protocol);
  static Wire& Of(WebSocket& socket) { return *socket.wire_; }

  Wire(Stream stream, const WebSocketLimits& socket_limits, std::string remote,
       std::string sub_protocol);

  // Answers the client's handshake; `request` is used during the call only.
  void Accept(const HandshakeRequest& request, std::function<void(bool opened)> done);
  // Sends the handshake of a client. `done` gets an empty text or why it failed.
  void Connect(const std::string& host, const std::string& target, const HttpHeaders& headers,
               std::function<void(std::string problem)> done);

  // Starts to deliver messages; called after on_open.
  void Read();
  // Ends the connection now: on_gone, then on_close, unless that has happened.
  void Finish(CloseCode code);

  std::shared_ptr<WebSocket> Self() { return owner->shared_from_this(); }
  bool Queue(std::string text);
  void BeginClose(CloseCode code, std::string_view reason);

  WebSocket* owner = nullptr;
  BeastSocket beast;
  WebSocketLimits limits;
  std::string remote_address;
  std::string protocol;
  std::function<void(std::string_view)> on_message;
  std::function<void(CloseCode)> on_close;
  std::function<void()> on_gone;  // the server's, to forget the connection
  bool closing = false;           // Close was called
  bool close_sent = false;
  bool finished = false;
  std::chrono::steady_clock::time_point last_message = std::chrono::steady_clock::now();
  std::size_t outbox_bytes = 0;

 private:
  void SetTimeouts();
  void OnRead(const boost::system::error_code& error);
  void OnMessageComplete();
  void WriteNext();
  void WatchForStall(Duration after);
  void OnControlFrame(boost::beast::websocket::frame_type kind);
  void SendClose();
  CloseCode CodeOf(const boost::system::error_code& error) const;
  CloseCode PeerCode() const;

  boost::beast::flat_buffer inbox_;
  std::string writing_;  // its bytes must stand still while they are written
  bool write_under_way_ = false;
  bool pinged_too_much_ = false;
  std::chrono::steady_clock::time_point writing_since_;
  std::unique_ptr<boost::asio::steady_timer> stall_timer_;  // while there is something to write
  RateWindow pings_{Duration{10'000}};
  std::vector<std::string> outbox_;  // from outbox_next_
  std::size_t outbox_next_ = 0;
  boost::beast::websocket::close_reason close_reason_;
  std::unique_ptr<boost::asio::steady_timer> close_timer_;
};

}  // namespace usher::io
