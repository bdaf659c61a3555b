// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "agents/gateway/session_transport.h"
#include "base/io/log.h"
#include "base/io/message_json.h"
#include "base/io/websocket.h"

namespace usher::gateway {

// Protobuf JSON, one response a text frame.
class WebSocketTransport final : public SessionTransport {
 public:
  explicit WebSocketTransport(std::shared_ptr<io::WebSocket> socket) : socket_(std::move(socket)) {}

  bool Send(const agents::v1::SessionResponse& response) override {
    Result<std::string> json = io::ToMessageJson(response);
    if (!json.ok()) {
      io::LogError(io::LogLevel::kError, "session_response_lost", json.error());
      return true;
    }
    // A socket that has closed takes nothing, which is not slowness.
    return socket_->Send(*std::move(json)) || !socket_->is_open();
  }

  void Close(const std::string& reason) override { socket_->Close(CodeOf(reason), reason); }
  void Abort() override { socket_->Abort(); }

 private:
  static io::CloseCode CodeOf(const std::string& reason) {
    if (reason == "TOO_SLOW") return io::CloseCode::kTryAgainLater;
    if (reason == "SHUTTING_DOWN") return io::CloseCode::kGoingAway;
    return io::CloseCode::kPolicyViolation;
  }

  std::shared_ptr<io::WebSocket> socket_;
};

}  // namespace usher::gateway
