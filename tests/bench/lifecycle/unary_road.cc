// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/lifecycle/unary_road.h"

#include <utility>

#include <grpcpp/channel.h>

#include "base/io/client_call.h"
#include "base/io/client_stream.h"
#include "base/io/grpc_channel.h"
#include "tests/bench/lifecycle/fail.h"
#include "usher/agents/v1/agent_service.grpc.pb.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher::bench {

namespace {

using agents::v1::AcceptOfferRequest;
using agents::v1::AcceptOfferResponse;
using agents::v1::CompleteContactRequest;
using agents::v1::CompleteContactResponse;
using agents::v1::SignInRequest;
using agents::v1::SignInResponse;
using agents::v1::WatchAgentRequest;
using agents::v1::WatchAgentResponse;
using routing::v1::SubmitContactRequest;
using routing::v1::SubmitContactResponse;

class UnaryRoad final : public Road {
 public:
  UnaryRoad(io::EventLoop& loop, const std::string& server, std::string token,
            RoadListener& listener)
      : loop_(loop),
        listener_(listener),
        options_{.token = std::move(token), .wait_for_ready = true},
        channel_(io::OpenChannel({.address = server})),
        routing_(channel_),
        agents_(channel_) {}

  void Open(int agents) override {
    agents_awaited_ = agents;
    for (int i = 0; i < agents; ++i) Watch(i);
  }

  void Submit(std::uint64_t number) override {
    SubmitContactRequest request;
    request.set_channel(type::v1::CHANNEL_CHAT);
    request.set_queue("support");
    request.set_external_id(ExternalId(number));
    io::CallUnary<SubmitContactRequest, SubmitContactResponse>(
        loop_, options_, std::move(request),
        [this](auto* context, auto* req, auto* resp, auto done) {
          routing_.async()->SubmitContact(context, req, resp, std::move(done));
        },
        [this, number](const Result<SubmitContactResponse>& answer) {
          if (!answer.ok()) Fail("a submit was refused: " + answer.error().message);
          listener_.OnSubmitted(number);
        });
  }

  void Accept(const Life& life) override {
    AcceptOfferRequest request;
    request.set_agent_id(life.agent);
    request.set_contact_id(life.contact);
    request.set_offer_id(life.offer);
    io::CallUnary<AcceptOfferRequest, AcceptOfferResponse>(
        loop_, options_, std::move(request),
        [this](auto* context, auto* req, auto* resp, auto done) {
          agents_.async()->AcceptOffer(context, req, resp, std::move(done));
        },
        [this, number = life.number](const Result<AcceptOfferResponse>& answer) {
          if (!answer.ok()) Fail("an accept was refused: " + answer.error().message);
          listener_.OnAccepted(number);
        });
  }

  void Complete(const Life& life) override {
    CompleteContactRequest request;
    request.set_request_id(life.contact);
    request.set_agent_id(life.agent);
    request.set_contact_id(life.contact);
    io::CallUnary<CompleteContactRequest, CompleteContactResponse>(
        loop_, options_, std::move(request),
        [this](auto* context, auto* req, auto* resp, auto done) {
          agents_.async()->CompleteContact(context, req, resp, std::move(done));
        },
        [this, number = life.number](const Result<CompleteContactResponse>& answer) {
          if (!answer.ok()) Fail("a complete was refused: " + answer.error().message);
          listener_.OnCompleted(number);
        });
  }

 private:
  class Feed final : public io::ClientFeedHandler<WatchAgentResponse> {
   public:
    Feed(UnaryRoad& road, int agent) : road_(road), agent_(agent) {}

    bool OnMessage(WatchAgentResponse&& message) override {
      if (!std::exchange(watching_, true)) road_.SignIn(agent_);
      for (const auto& event : message.events()) {
        if (!event.has_offered()) continue;
        const auto& offered = event.offered();
        road_.listener_.OnOffered({NumberOf(offered.contact().external_id()), event.contact_id(),
                                   event.agent_id(), offered.offer().id()});
      }
      return true;
    }
    void OnDone(const Result<void>& result) override {
      Fail("a stream ended: " + (result.ok() ? "without error" : result.error().message));
    }

   private:
    UnaryRoad& road_;
    const int agent_;
    bool watching_ = false;
  };

  void Watch(int agent) {
    WatchAgentRequest request;
    request.set_agent_id(AgentName(agent));
    io::ClientFeed<WatchAgentResponse>::Open(loop_, options_, std::make_unique<Feed>(*this, agent),
                                             [this, &request](auto* context, auto* reactor) {
                                               agents_.async()->WatchAgent(context, &request,
                                                                           reactor);
                                             });
  }

  // Once the agent's desk has come.
  void SignIn(int agent) {
    SignInRequest request;
    request.set_agent_id(AgentName(agent));
    io::CallUnary<SignInRequest, SignInResponse>(
        loop_, options_, std::move(request),
        [this](auto* context, auto* req, auto* resp, auto done) {
          agents_.async()->SignIn(context, req, resp, std::move(done));
        },
        [this](const Result<SignInResponse>& answer) {
          if (!answer.ok()) Fail("an agent could not sign in: " + answer.error().message);
          if (--agents_awaited_ == 0) listener_.OnReady();
        });
  }

  io::EventLoop& loop_;
  RoadListener& listener_;
  const io::CallOptions options_;
  std::shared_ptr<grpc::Channel> channel_;
  routing::v1::RoutingService::Stub routing_;
  agents::v1::AgentService::Stub agents_;
  int agents_awaited_ = 0;
};

}  // namespace

std::unique_ptr<Road> OpenUnaryRoad(io::EventLoop& loop, const std::string& server,
                                    const std::string& token, RoadListener& listener) {
  return std::make_unique<UnaryRoad>(loop, server, token, listener);
}

}  // namespace usher::bench
