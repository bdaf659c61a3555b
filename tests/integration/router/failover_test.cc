// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "base/io/leader_channel.h"
#include "channels/client/routing_client.h"
#include "tests/integration/router/router_fixture.h"
#include "tests/support/inbox.h"
#include "usher/admin/v1/router_service.grpc.pb.h"

// Two routers on one Redis, and clients that follow the one that leads.

namespace usher {
namespace {

using admin::v1::RouterDomain;
using admin::v1::RouterService;
using channels::RoutingClient;
using testing::Inbox;

class FailoverTest : public RouterTest {
 protected:
  FailoverTest() {
    standby_ = std::make_unique<LiveRouter>();
    const Result<void> started = standby_->Start(metrics(), gate(), OptionsOfNext());
    EXPECT_TRUE(started.ok()) << started.error().message;
    ApplyDomain();
  }

  RouterDomain::Standing StandingOf(const LiveRouter& router) {
    admin::v1::GetRouterResponse response;
    const auto stub = RouterService::NewStub(
        grpc::CreateChannel(router.address(), grpc::InsecureChannelCredentials()));
    const grpc::Status status = stub->GetRouter(Admin().get(), {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.domains_size(), 1);
    return response.domains(0).standing();
  }

  grpc::Status StepDown(const LiveRouter& router) {
    admin::v1::StepDownResponse response;
    return RouterService::NewStub(
               grpc::CreateChannel(router.address(), grpc::InsecureChannelCredentials()))
        ->StepDown(Admin().get(), {}, &response);
  }

  std::string Token() { return TokenOf(io::Role::kAdapter, "phones"); }

  std::unique_ptr<LiveRouter> standby_;
};

// An adapter that knows both routers.
class Follower {
 public:
  Follower(const LiveRouter& first, const LiveRouter& second, const std::string& token)
      : road_(loop_, {}, {first.address(), second.address()}),
        client_(loop_, road_, [token] { return token; }, {.adapter = "phones"},
                {.on_event = [](const routing::v1::Event&) {}}) {
    loop_.Start("follower");
    loop_.Call([this] { client_.Start(); });
  }
  ~Follower() {
    loop_.Call([this] { client_.Stop(); });
    loop_.Stop(Duration{2'000});
  }

  // The contact's id; empty when it failed.
  std::string Submit(const std::string& external_id, const std::string& request_id) {
    routing::v1::SubmitContactRequest request;
    request.set_request_id(request_id);
    request.set_channel(type::v1::CHANNEL_CHAT);
    request.set_queue("support");
    request.set_external_id(external_id);
    loop_.Call([&] {
      client_.Submit(std::move(request), [this](Result<routing::v1::ContactResult> result) {
        results_.Push(std::move(result));
      });
    });
    const auto result = results_.Next();
    if (!result || !result->ok()) return {};
    return (*result)->contact_id();
  }

 private:
  io::EventLoop loop_;
  Inbox<Result<routing::v1::ContactResult>> results_;
  io::LeaderChannel road_;
  RoutingClient client_;
};

TEST_F(FailoverTest, ASecondRouterStandsByAndSaysSo) {
  EXPECT_EQ(StandingOf(router()), RouterDomain::STANDING_LEADING);
  EXPECT_EQ(StandingOf(*standby_), RouterDomain::STANDING_BY);
  EXPECT_TRUE(standby_->role->IsReady());
  EXPECT_EQ(ReasonOf(StepDown(*standby_)), "NOT_LEADING");
}

TEST_F(FailoverTest, SteppingDownHandsOverAndClientsFollow) {
  Follower adapter(router(), *standby_, Token());
  const std::string first = adapter.Submit("one", "r1");
  ASSERT_FALSE(first.empty());
  const grpc::Status stepped = StepDown(router());
  ASSERT_TRUE(stepped.ok()) << stepped.error_message();
  EXPECT_FALSE(adapter.Submit("two", "r2").empty());
  EXPECT_EQ(StandingOf(*standby_), RouterDomain::STANDING_LEADING);
  EXPECT_EQ(StandingOf(router()), RouterDomain::STANDING_BY);
  // What the first router answered is known to the second: asked again it gives the same contact.
  EXPECT_EQ(adapter.Submit("one", "r1"), first);
}

TEST_F(FailoverTest, TheStandbyTakesOverFromARouterThatStops) {
  Follower adapter(router(), *standby_, Token());
  const std::string first = adapter.Submit("one", "r1");
  ASSERT_FALSE(first.empty());
  StopRouter();
  EXPECT_FALSE(adapter.Submit("two", "r2").empty());
  EXPECT_EQ(adapter.Submit("one", "r1"), first);
}

TEST_F(FailoverTest, TheStandbyTakesOverFromARouterThatDied) {
  Follower adapter(router(), *standby_, Token());
  const std::string first = adapter.Submit("one", "r1");
  ASSERT_FALSE(first.empty());
  CrashRouter();
  EXPECT_FALSE(adapter.Submit("two", "r2").empty());
  EXPECT_EQ(StandingOf(*standby_), RouterDomain::STANDING_LEADING);
  EXPECT_EQ(adapter.Submit("one", "r1"), first);
}

TEST_F(FailoverTest, ConversationsEndWhereTheDomainIsNotLed) {
  auto call = Adapter();
  auto stream = context().Converse(call.get());
  context::v1::ConverseRequest request;
  request.add_commands()->mutable_watch()->set_contact_id("c1");
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(StepDown(router()).ok());
  context::v1::ConverseResponse response;
  while (stream->Read(&response)) {
  }
  EXPECT_EQ(ReasonOf(stream->Finish()), "NOT_LEADING");
}

TEST_F(FailoverTest, TimelinesEndWhereTheDomainIsNotLed) {
  context::v1::ResolveCustomerRequest resolve;
  resolve.mutable_identity()->set_kind("email");
  resolve.mutable_identity()->set_value("mei@example.com");
  context::v1::ResolveCustomerResponse resolved;
  ASSERT_TRUE(context().ResolveCustomer(Adapter().get(), resolve, &resolved).ok());
  auto call = Adapter();
  context::v1::WatchTimelineRequest request;
  request.set_customer_id(resolved.customer().id());
  auto reader = context().WatchTimeline(call.get(), request);
  context::v1::WatchTimelineResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.customer().id(), resolved.customer().id());
  ASSERT_TRUE(StepDown(router()).ok());
  while (reader->Read(&response)) {
  }
  EXPECT_EQ(ReasonOf(reader->Finish()), "NOT_LEADING");
}

}  // namespace
}  // namespace usher
