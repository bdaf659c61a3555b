// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "agents/gateway/gateway_config.h"
#include "agents/gateway/session_transport.h"
#include "base/io/access.h"
#include "base/io/event_loop.h"
#include "base/io/token.h"
#include "usher/agents/v1/session_service.grpc.pb.h"

namespace usher::gateway {

class Session;

// Sessions over gRPC: the same messages and the same Session as on the WebSocket, the token in the
// call's metadata.
class SessionService final : public agents::v1::SessionService::CallbackService {
 public:
  struct Hooks {
    // Loop thread. Null: the gateway takes no sessions now.
    std::function<std::shared_ptr<gateway::Session>(std::unique_ptr<SessionTransport>,
                                                    const io::Claims&)>
        on_open;
    std::function<void(const std::shared_ptr<gateway::Session>&)> on_lost;
  };

  // The loop must run until the gRPC server has shut down.
  SessionService(io::EventLoop& loop, const io::AccessGate& gate, const GatewayConfig& config,
                 Hooks hooks);

  grpc::ServerBidiReactor<agents::v1::SessionRequest, agents::v1::SessionResponse>* Session(
      grpc::CallbackServerContext* context) override;

 private:
  io::EventLoop& loop_;
  const io::AccessGate& gate_;
  const GatewayConfig& config_;
  const Hooks hooks_;
};

}  // namespace usher::gateway
