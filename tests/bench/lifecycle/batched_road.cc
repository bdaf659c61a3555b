// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/lifecycle/batched_road.h"

#include <utility>

#include <grpcpp/channel.h>

#include "base/io/client_stream.h"
#include "base/io/grpc_channel.h"
#include "tests/bench/lifecycle/fail.h"
#include "usher/agents/v1/agent_service.grpc.pb.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher::bench {

namespace {

using agents::v1::AgentCommand;
using agents::v1::ServeAgentsRequest;
using agents::v1::ServeAgentsResponse;
using routing::v1::ContactCommand;
using routing::v1::RouteContactsRequest;
using routing::v1::RouteContactsResponse;

// What gathers while a message is being sent goes into the next one.
template <class Req, class Resp, class Listener>
class GatheringHandler final : public io::ClientStreamHandler<Req, Resp> {
 public:
  GatheringHandler(Req& gathered, Listener listener)
      : gathered_(gathered), listener_(std::move(listener)) {}

  bool Fill(Req& message) override {
    if (!gathered_.has_hello() && gathered_.commands().empty()) return false;
    message.Swap(&gathered_);
    return true;
  }
  bool OnMessage(Resp&& message) override {
    listener_(message);
    return true;
  }
  void OnDone(const Result<void>& result) override {
    Fail("a stream ended: " + (result.ok() ? "without error" : result.error().message));
  }

 private:
  Req& gathered_;
  Listener listener_;
};

class BatchedRoad final : public Road {
 public:
  BatchedRoad(io::EventLoop& loop, const std::string& server, std::string token,
              RoadListener& listener)
      : loop_(loop),
        listener_(listener),
        token_(std::move(token)),
        channel_(io::OpenChannel({.address = server})),
        routing_stub_(channel_),
        agents_stub_(channel_) {}

  void Open(int agents) override {
    agents_awaited_ = agents;
    contacts_.mutable_hello()->set_adapter("bench");
    work_.mutable_hello()->set_gateway("bench");
    for (int i = 0; i < agents; ++i) {
      work_.add_commands()->mutable_attach()->set_agent_id(AgentName(i));
      AgentCommand& command = *work_.add_commands();
      command.set_tag(kSignIn);
      command.mutable_sign_in()->set_agent_id(AgentName(i));
    }
    const io::CallOptions options{.token = token_, .wait_for_ready = true};
    auto on_contacts = [this](const RouteContactsResponse& message) { OnContacts(message); };
    routing_ = RoutingStream::Open(
        loop_, options,
        std::make_unique<
            GatheringHandler<RouteContactsRequest, RouteContactsResponse, decltype(on_contacts)>>(
            contacts_, on_contacts),
        [this](auto* context, auto* reactor) {
          routing_stub_.async()->RouteContacts(context, reactor);
        });
    auto on_work = [this](const ServeAgentsResponse& message) { OnWork(message); };
    serving_ = AgentsStream::Open(
        loop_, options,
        std::make_unique<
            GatheringHandler<ServeAgentsRequest, ServeAgentsResponse, decltype(on_work)>>(work_,
                                                                                          on_work),
        [this](auto* context, auto* reactor) {
          agents_stub_.async()->ServeAgents(context, reactor);
        });
  }

  void Submit(std::uint64_t number) override {
    ContactCommand& command = *contacts_.add_commands();
    command.set_tag(number);
    command.mutable_submit()->set_channel(type::v1::CHANNEL_CHAT);
    command.mutable_submit()->set_queue("support");
    command.mutable_submit()->set_external_id(ExternalId(number));
    routing_->Wake();
  }

  void Accept(const Life& life) override {
    AgentCommand& command = *work_.add_commands();
    command.set_tag(life.number << 1);
    command.mutable_accept()->set_agent_id(life.agent);
    command.mutable_accept()->set_contact_id(life.contact);
    command.mutable_accept()->set_offer_id(life.offer);
    serving_->Wake();
  }

  void Complete(const Life& life) override {
    AgentCommand& command = *work_.add_commands();
    command.set_tag(life.number << 1 | 1);
    command.mutable_complete()->set_request_id(life.contact);
    command.mutable_complete()->set_agent_id(life.agent);
    command.mutable_complete()->set_contact_id(life.contact);
    serving_->Wake();
  }

 private:
  using RoutingStream = io::ClientStream<RouteContactsRequest, RouteContactsResponse>;
  using AgentsStream = io::ClientStream<ServeAgentsRequest, ServeAgentsResponse>;
  static constexpr std::uint64_t kSignIn = ~0ull;

  void OnContacts(const RouteContactsResponse& message) {
    if (message.has_welcome()) {
      welcomed_ = true;
      TellWhenReady();
    }
    for (const auto& result : message.results()) {
      if (result.code() != 0) Fail("a submit was refused: " + result.message());
      listener_.OnSubmitted(result.tag());
    }
  }

  void OnWork(const ServeAgentsResponse& message) {
    for (const auto& result : message.results()) {
      if (result.code() != 0) Fail("an agent was refused: " + result.message());
      if (result.tag() == kSignIn) {
        --agents_awaited_;
        TellWhenReady();
      } else if (result.tag() != 0) {
        const std::uint64_t number = result.tag() >> 1;
        (result.tag() & 1) != 0 ? listener_.OnCompleted(number) : listener_.OnAccepted(number);
      }
    }
    for (const auto& event : message.events()) {
      if (!event.has_offered()) continue;
      const auto& offered = event.offered();
      listener_.OnOffered({NumberOf(offered.contact().external_id()), event.contact_id(),
                           event.agent_id(), offered.offer().id()});
    }
  }

  void TellWhenReady() {
    if (ready_ || !welcomed_ || agents_awaited_ > 0) return;
    ready_ = true;
    listener_.OnReady();
  }

  io::EventLoop& loop_;
  RoadListener& listener_;
  const std::string token_;
  std::shared_ptr<grpc::Channel> channel_;
  routing::v1::RoutingService::Stub routing_stub_;
  agents::v1::AgentService::Stub agents_stub_;
  RouteContactsRequest contacts_;
  ServeAgentsRequest work_;
  RoutingStream* routing_ = nullptr;
  AgentsStream* serving_ = nullptr;
  int agents_awaited_ = 0;
  bool welcomed_ = false;
  bool ready_ = false;
};

}  // namespace

std::unique_ptr<Road> OpenBatchedRoad(io::EventLoop& loop, const std::string& server,
                                      const std::string& token, RoadListener& listener) {
  return std::make_unique<BatchedRoad>(loop, server, token, listener);
}

}  // namespace usher::bench
