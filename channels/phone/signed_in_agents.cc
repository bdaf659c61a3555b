// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/signed_in_agents.h"

#include <utility>

#include "base/io/client_call.h"
#include "base/io/log.h"
#include "usher/agents/v1/agent_service.grpc.pb.h"

namespace usher::phone {

using agents::v1::Agent;
using agents::v1::ListAgentsRequest;
using agents::v1::ListAgentsResponse;

namespace {

constexpr Duration kAnswerTimeout{5'000};

}  // namespace

SignedInAgents::SignedInAgents(io::EventLoop& loop, io::LeaderChannel& road,
                               std::function<std::string()> token, OnKnown on_known)
    : loop_(loop),
      road_(road),
      token_(std::move(token)),
      on_known_(std::move(on_known)),
      ask_(loop) {}

void SignedInAgents::Want() {
  if (asking_ || ask_.pending()) return;
  ask_.Start(kAskAfter, [this] {
    found_.clear();
    asking_ = true;
    Ask({});
  });
}

void SignedInAgents::Stop() {
  ask_.Cancel();
  asking_ = false;
  alive_ = std::make_shared<int>();
}

void SignedInAgents::Ask(const std::string& page_token) {
  ListAgentsRequest request;
  request.mutable_page()->set_page_size(kAgentsInPage);
  request.mutable_page()->set_page_token(page_token);
  io::CallOptions options;
  options.token = token_();
  options.timeout = kAnswerTimeout;
  io::CallUnary<ListAgentsRequest, ListAgentsResponse>(
      loop_, options, std::move(request),
      [stub = &road_.Stub<agents::v1::AgentService>()](auto* context, auto* req, auto* resp,
                                                       auto finished) {
        stub->async()->ListAgents(context, req, resp, std::move(finished));
      },
      [this, alive = std::weak_ptr<void>(alive_)](const Result<ListAgentsResponse>& answer) {
        if (alive.expired()) return;
        if (!answer.ok()) {
          io::LogError(io::LogLevel::kWarning, "phone_agents_not_listed", answer.error());
          asking_ = false;
          return Want();
        }
        for (const Agent& agent : answer->agents()) {
          if (agent.presence() != Agent::PRESENCE_OFFLINE) found_.insert(agent.id());
        }
        if (!answer->page().next_page_token().empty()) {
          return Ask(answer->page().next_page_token());
        }
        asking_ = false;
        on_known_(std::exchange(found_, {}));
      });
}

}  // namespace usher::phone
