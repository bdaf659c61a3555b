// SPDX-License-Identifier: Apache-2.0
#include "agents/gateway/router_link.h"

#include <utility>

#include <grpcpp/channel.h>

#include "base/io/log.h"

namespace usher::gateway {

RouterLink::RouterLink(io::EventLoop& loop, const std::shared_ptr<grpc::Channel>& channel,
                       std::function<std::string()> token, const std::string& gateway_name,
                       Duration request_timeout, Hooks hooks)
    : loop_(loop),
      token_(std::move(token)),
      request_timeout_(request_timeout),
      hooks_(std::move(hooks)),
      agent_stub_(agents::v1::AgentService::NewStub(channel)),
      context_stub_(context::v1::ContextService::NewStub(channel)),
      routing_stub_(routing::v1::RoutingService::NewStub(channel)),
      agents_(
          loop, {.name = "serve_agents", .answer_timeout = request_timeout},
          {.start = [this](auto* context,
                           auto* reactor) { agent_stub_->async()->ServeAgents(context, reactor); },
           .options = [this] { return io::WithToken(token_()); },
           .hello =
               [gateway_name](agents::v1::ServeAgentsRequest& first) {
                 first.mutable_hello()->set_gateway(gateway_name);
               },
           .on_open = [this] { hooks_.on_open(); },
           .on_message =
               [this](agents::v1::ServeAgentsResponse&& message) { hooks_.on_agents(message); }}),
      conversations_(
          loop, {.name = "converse", .answer_timeout = request_timeout},
          {.start = [this](auto* context,
                           auto* reactor) { context_stub_->async()->Converse(context, reactor); },
           .options = [this] { return io::WithToken(token_()); },
           .on_event =
               [this](const context::v1::ConversationEvent& event) {
                 hooks_.on_conversation(event);
               },
           .on_refused =
               [](const std::string& contact_id, const Error& error) {
                 io::LogError(io::LogLevel::kWarning, "conversation_not_followed", error,
                              {{"contact", contact_id}});
               }}) {}

void RouterLink::Start() {
  agents_.Start();
  conversations_.Start();
}

void RouterLink::Stop() {
  agents_.Stop();
  conversations_.Stop();
}

void RouterLink::Attach(const std::string& agent_id,
                        std::function<void(Result<AgentResult>)> done) {
  agents::v1::AgentCommand command;
  command.mutable_attach()->set_agent_id(agent_id);
  agents_.Send(std::move(command), std::move(done), {.timeout = {}, .again = false});
}

void RouterLink::Detach(const std::string& agent_id) {
  agents::v1::AgentCommand command;
  command.mutable_detach()->set_agent_id(agent_id);
  agents_.Send(std::move(command), {}, {.timeout = {}, .again = false});
}

void RouterLink::Command(agents::v1::AgentCommand command,
                         std::function<void(Result<AgentResult>)> done) {
  agents_.Send(std::move(command), std::move(done));
}

}  // namespace usher::gateway
