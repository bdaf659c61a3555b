// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agents/gateway/gateway_config.h"
#include "base/id.h"
#include "base/io/access.h"
#include "base/io/event_loop.h"
#include "base/io/http_server.h"
#include "base/io/leader_channel.h"
#include "base/io/metrics.h"
#include "base/result.h"

namespace grpc {
class Service;
}

namespace usher::gateway {

// The way to the router of one domain.
struct GatewayRoute {
  DomainId domain;
  std::string name;  // the subject of its token; unique among the domain's gateways
  io::LeaderChannel& road;
  std::function<std::string()> token;  // a valid token of role adapter whenever it is asked
};

// Where consoles meet Usher: sessions on the WebSocket /agents/v1/session and on the gRPC method
// SessionService.Session, the web console's files at /console/, how its telephone reaches the
// telephone system at /agents/v1/softphone, the files of conversations at /agents/v1/files/. A
// console's token says which domain it is for. However many agents are here, the router of a domain
// sees one stream of commands and events and one of conversations.
//
// It keeps nothing that matters: after a restart the consoles come back, their agents are attached
// again, and the router tells their desks.
//
//   auto gateway = AgentGateway::Make(loop, http, routes, gate, metrics, config);
//   grpc_services.push_back(&(*gateway)->session_service());
//   (*gateway)->Start();
class AgentGateway {
 public:
  // Mounts the routes; call it before `server` listens. `gate` admits consoles' tokens, its policy
  // having a row for kSessionMethod (session.h) with the roles agent and supervisor; one route for
  // each domain. All that it is given must outlive the gateway. The error is that of a folder that
  // cannot be served, NO_DOMAIN, INVALID_SOFTPHONE or INVALID_FILES.
  static Result<std::unique_ptr<AgentGateway>> Make(io::EventLoop& loop, io::HttpServer& server,
                                                    const std::vector<GatewayRoute>& routes,
                                                    const io::AccessGate& gate,
                                                    io::Metrics& metrics, GatewayConfig config);
  // Stops as by Stop(); waits for the loop's thread when on another. A gRPC server that serves
  // session_service() must have been shut down before.
  ~AgentGateway();
  AgentGateway(const AgentGateway&) = delete;
  AgentGateway& operator=(const AgentGateway&) = delete;

  // For the gRPC server beside it, if there is one.
  grpc::Service& session_service();

  // Any thread. Connects to the router. Hellos that come before are answered once it has answered.
  void Start();
  // Any thread. Tells all consoles to come back and ends the streams; the router's grace runs.
  void Stop();

 private:
  struct State;
  explicit AgentGateway(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace usher::gateway
