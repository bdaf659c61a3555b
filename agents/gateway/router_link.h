// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/io/client_call.h"
#include "base/io/client_stream.h"
#include "base/io/command_stream.h"
#include "base/io/conversation_stream.h"
#include "base/io/event_loop.h"
#include "base/io/leader_channel.h"
#include "usher/agents/v1/agent_service.grpc.pb.h"
#include "usher/context/v1/context_service.grpc.pb.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher::gateway {

// The gateway's road to the router that leads, shared by all sessions: one `ServeAgents` stream,
// one `Converse` stream, and unary calls, all with the gateway's own token. Loop thread only.
class RouterLink {
 public:
  using Agents = io::CommandStream<agents::v1::ServeAgentsRequest, agents::v1::ServeAgentsResponse>;
  using Conversations =
      io::ConversationStream<context::v1::ConverseRequest, context::v1::ConverseResponse>;
  using AgentResult = agents::v1::AgentResult;

  struct Hooks {
    std::function<void()> on_open;  // attach everybody again
    std::function<void(const agents::v1::ServeAgentsResponse&)> on_agents;
    std::function<void(const context::v1::ConversationEvent&)> on_conversation;
  };

  RouterLink(io::EventLoop& loop, io::LeaderChannel& road, std::function<std::string()> token,
             const std::string& gateway_name, Duration request_timeout, Hooks hooks);
  RouterLink(const RouterLink&) = delete;
  RouterLink& operator=(const RouterLink&) = delete;

  void Start();
  void Stop();

  // Answered once; UNAVAILABLE when the stream is lost, for on_open says it anew.
  void Attach(const std::string& agent_id, std::function<void(Result<AgentResult>)> done);
  void Detach(const std::string& agent_id);
  // Sent again until it is answered or the request timeout is over; carries a request id.
  void Command(agents::v1::AgentCommand command, std::function<void(Result<AgentResult>)> done);
  // Sent once, for what must not be done twice; UNAVAILABLE when the stream is lost.
  void CommandOnce(agents::v1::AgentCommand command, Duration timeout,
                   std::function<void(Result<AgentResult>)> done);

  Conversations& conversations() { return conversations_; }

  // What a call carries that is made for this person, whose rights it then has; for nobody: the
  // gateway's own.
  io::CallOptions OptionsFor(std::optional<io::Acting> person) const {
    io::CallOptions options;
    options.token = token_();
    options.acting = std::move(person);
    return options;
  }

  // A unary call for this person, or the gateway's own: `start` gets (context, request, response,
  // done).
  template <class Resp, class Req, class Start>
  void Call(std::optional<io::Acting> person, Req request, Start start,
            std::function<void(Result<Resp>)> done, std::optional<Duration> timeout = {}) {
    io::CallOptions options = OptionsFor(std::move(person));
    options.timeout = timeout.value_or(request_timeout_);
    io::CallUnary<Req, Resp>(loop_, options, std::move(request), std::move(start), std::move(done));
  }
  template <class Service>
  typename Service::Stub& Stub() {
    return road_.Stub<Service>();
  }

  // Follows a customer's timeline for this person at the router that leads now; `tried` says which
  // one that is, for PassOver when it turns out not to lead.
  using TimelineFeed = io::ClientFeed<context::v1::WatchTimelineResponse>;
  TimelineFeed* WatchTimeline(const io::Acting& person,
                              const context::v1::WatchTimelineRequest& request,
                              std::unique_ptr<TimelineFeed::Handler> handler,
                              io::LeaderChannel::Place& tried);
  void PassOver(io::LeaderChannel::Place tried) { road_.MoveOn(tried); }

 private:
  io::EventLoop& loop_;
  const std::function<std::string()> token_;
  const Duration request_timeout_;
  const Hooks hooks_;
  io::LeaderChannel& road_;
  io::LeaderChannel::Place agents_at_ = 0;  // where each stream was opened last
  io::LeaderChannel::Place conversations_at_ = 0;
  Agents agents_;
  Conversations conversations_;
};

}  // namespace usher::gateway
