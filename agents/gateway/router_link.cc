// SPDX-License-Identifier: Apache-2.0
#include "agents/gateway/router_link.h"

#include <utility>

#include "base/io/log.h"

namespace usher::gateway {

RouterLink::RouterLink(io::EventLoop& loop, io::LeaderChannel& road,
                       std::function<std::string()> token, const std::string& gateway_name,
                       Duration request_timeout, Hooks hooks)
    : loop_(loop),
      token_(std::move(token)),
      request_timeout_(request_timeout),
      hooks_(std::move(hooks)),
      road_(road),
      agents_(loop,
              {.name = "serve_agents",
               .answer_timeout = request_timeout,
               .backoff = io::kLeaderBackoff},
              {.start =
                   [this](auto* context, auto* reactor) {
                     auto& stub = road_.Stub<agents::v1::AgentService>(agents_at_);
                     stub.async()->ServeAgents(context, reactor);
                   },
               .options = [this] { return io::WithToken(token_()); },
               .hello =
                   [gateway_name](agents::v1::ServeAgentsRequest& first) {
                     first.mutable_hello()->set_gateway(gateway_name);
                   },
               .on_open = [this] { hooks_.on_open(); },
               .on_message =
                   [this](agents::v1::ServeAgentsResponse&& message) { hooks_.on_agents(message); },
               .on_lost = [this](const Error&) { road_.MoveOn(agents_at_); }}),
      conversations_(
          loop,
          {.name = "converse", .answer_timeout = request_timeout, .backoff = io::kLeaderBackoff},
          {.start =
               [this](auto* context, auto* reactor) {
                 auto& stub = road_.Stub<context::v1::ContextService>(conversations_at_);
                 stub.async()->Converse(context, reactor);
               },
           .options = [this] { return io::WithToken(token_()); },
           .on_event =
               [this](const context::v1::ConversationEvent& event) {
                 hooks_.on_conversation(event);
               },
           .on_refused =
               [](const std::string& contact_id, const Error& error) {
                 io::LogError(io::LogLevel::kWarning, "conversation_not_followed", error,
                              {{"contact", contact_id}});
               },
           .with_internal = true,
           .on_lost = [this](const Error&) { road_.MoveOn(conversations_at_); }}) {}

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

void RouterLink::CommandOnce(agents::v1::AgentCommand command, Duration timeout,
                             std::function<void(Result<AgentResult>)> done) {
  agents_.Send(std::move(command), std::move(done), {.timeout = timeout, .again = false});
}

RouterLink::TimelineFeed* RouterLink::WatchTimeline(
    const io::Acting& person, const context::v1::WatchTimelineRequest& request,
    std::unique_ptr<TimelineFeed::Handler> handler, io::LeaderChannel::Place& tried) {
  auto& stub = road_.Stub<context::v1::ContextService>(tried);
  return TimelineFeed::Open(loop_, OptionsFor(person), std::move(handler),
                            [&](auto* context, auto* reactor) {
                              stub.async()->WatchTimeline(context, &request, reactor);
                            });
}

}  // namespace usher::gateway
