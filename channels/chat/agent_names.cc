// SPDX-License-Identifier: Apache-2.0
#include "channels/chat/agent_names.h"

#include <utility>

#include "base/io/client_call.h"
#include "base/io/log.h"
#include "usher/agents/v1/agent_service.grpc.pb.h"

namespace usher::chat {

namespace {

using agents::v1::GetAgentRequest;
using agents::v1::GetAgentResponse;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kNamesMax = 10'000;  // above the agents of any one domain
constexpr auto kRemembered = std::chrono::minutes(5);

}  // namespace

struct AgentNames::State {
  struct Name {
    std::string text;
    Steady::time_point known_until{};
    bool asked = false;
    std::vector<std::function<void(const std::string&)>> waiting;
  };

  State(io::EventLoop& event_loop, io::LeaderChannel& to, std::function<std::string()> call_token)
      : loop(event_loop), road(to), token(std::move(call_token)) {}

  void Answered(const std::string& agent_id, const Result<GetAgentResponse>& answer) {
    Name& name = names[agent_id];
    name.asked = false;
    if (answer.ok() && !answer->desk().agent().name().empty()) {
      name.text = answer->desk().agent().name();
      name.known_until = Steady::now() + kRemembered;
    } else if (!answer.ok()) {
      io::LogError(io::LogLevel::kWarning, "agent_name_unknown", answer.error(),
                   {{"agent", agent_id}});
    }
    const std::string text = name.text.empty() ? agent_id : name.text;
    for (const auto& waiting : std::exchange(name.waiting, {})) waiting(text);
  }

  io::EventLoop& loop;
  io::LeaderChannel& road;
  std::function<std::string()> token;
  std::map<std::string, Name> names;
};

AgentNames::AgentNames(io::EventLoop& loop, io::LeaderChannel& road,
                       std::function<std::string()> token)
    : state_(std::make_shared<State>(loop, road, std::move(token))) {}
AgentNames::~AgentNames() = default;

void AgentNames::Find(const std::string& agent_id,
                      std::function<void(const std::string& name)> done) {
  if (state_->names.size() >= kNamesMax) {
    std::erase_if(state_->names, [](const auto& known) { return !known.second.asked; });
  }
  State::Name& name = state_->names[agent_id];
  if (!name.text.empty() && Steady::now() < name.known_until) return done(name.text);
  name.waiting.push_back(std::move(done));
  if (std::exchange(name.asked, true)) return;
  GetAgentRequest request;
  request.set_agent_id(agent_id);
  io::CallOptions options;
  options.token = state_->token();
  options.timeout = Duration{2'000};
  io::CallUnary<GetAgentRequest, GetAgentResponse>(
      state_->loop, options, std::move(request),
      [this](auto* context, auto* req, auto* resp, auto finished) {
        auto& stub = state_->road.Stub<agents::v1::AgentService>();
        stub.async()->GetAgent(context, req, resp, std::move(finished));
      },
      [weak = std::weak_ptr(state_), agent_id](Result<GetAgentResponse> answer) {
        if (const auto state = weak.lock()) state->Answered(agent_id, answer);
      });
}

}  // namespace usher::chat
