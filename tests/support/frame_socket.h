// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "base/io/event_loop.h"
#include "base/io/http_client.h"
#include "base/io/message_json.h"
#include "base/io/websocket.h"
#include "tests/support/inbox.h"

namespace usher::testing {

// The page's or console's end of a WebSocket that carries protobuf JSON, on a loop of its own.
template <class Sent, class Heard>
class FrameSocket {
 public:
  // `origin` empty: none is sent, as programs do.
  FrameSocket(io::EventLoop& loop, const std::string& url, const std::string& origin = {})
      : loop_(loop) {
    io::WebSocketClientRequest request;
    request.url = url;
    if (!origin.empty()) request.headers.emplace_back("Origin", origin);
    request.limits.message_bytes_max = 4 << 20;
    std::promise<Result<void>> opened;
    io::ConnectWebSocket(loop, std::move(request),
                         [&](Result<std::shared_ptr<io::WebSocket>> socket) {
                           if (!socket.ok()) return opened.set_value(socket.error());
                           Take(*std::move(socket));
                           opened.set_value({});
                         });
    const Result<void> result = opened.get_future().get();
    if (!result.ok()) refused_ = result.error().message;
  }
  ~FrameSocket() {
    loop_.Call([&] {
      if (!socket_) return;
      socket_->OnMessage([](std::string_view) {});
      socket_->OnClose([](io::CloseCode) {});
      socket_->Abort();
      socket_.reset();
    });
  }

  bool open() const { return refused_.empty(); }
  void Send(const Sent& frame) { SendText(*io::ToMessageJson(frame)); }
  void SendText(const std::string& text) {
    loop_.Call([&] {
      if (socket_ && !socket_->Send(text)) refused_ = "the socket takes nothing";
    });
  }
  void Abort() {
    loop_.Call([&] { socket_->Abort(); });
  }

  Inbox<Heard> heard;
  Inbox<io::CloseCode> closed;

 private:
  void Take(std::shared_ptr<io::WebSocket> socket) {
    socket_ = std::move(socket);
    socket_->OnMessage([this](std::string_view text) {
      Heard frame;
      USHER_CHECK(io::ParseMessageJson(text, frame).ok(), "the server sent no frame");
      heard.Push(std::move(frame));
    });
    socket_->OnClose([this](io::CloseCode code) { closed.Push(code); });
  }

  io::EventLoop& loop_;
  std::shared_ptr<io::WebSocket> socket_;
  std::string refused_;
};

}  // namespace usher::testing
