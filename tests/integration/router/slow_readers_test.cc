// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "tests/integration/router/router_fixture.h"

namespace usher {
namespace {

using agents::v1::ServeAgentsRequest;
using agents::v1::ServeAgentsResponse;
using routing::v1::Event;
using routing::v1::RouteContactsResponse;

// Readers over TCP that do not read, on a router that keeps little for them. What fills the
// connections are contacts of the largest size.
class SlowReadersTest : public RouterTest {
 protected:
  SlowReadersTest() { ApplyDomain(); }

  void RestartWith(service::ReaderLimits readers) {
    readers_ = readers;
    Restart();
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);  // the window stays at 64 KiB
    slow_ = grpc::CreateCustomChannel(router().address(), grpc::InsecureChannelCredentials(),
                                      arguments);
  }

  // About 66 kB.
  std::string SubmitLarge(const std::string& external_id) {
    routing::v1::SubmitContactRequest request;
    request.set_channel(type::v1::CHANNEL_CHAT);
    request.set_queue("support");
    request.set_external_id(external_id);
    for (int i = 0; i < 64; ++i) {
      (*request.mutable_attributes())["a" + std::to_string(i)] = std::string(1'024, 'x');
    }
    routing::v1::SubmitContactResponse response;
    const grpc::Status status = routing().SubmitContact(Adapter().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.contact().id();
  }

  void Abandon(const std::string& contact) {
    routing::v1::AbandonContactRequest request;
    request.set_contact_id(contact);
    routing::v1::AbandonContactResponse response;
    ASSERT_TRUE(routing().AbandonContact(Adapter().get(), request, &response).ok());
  }

  // What is counted of such streams.
  double Counted(const std::string& stream, const std::string& outcome) {
    return metrics()
        .AddCounter("usher_slow_readers_total",
                    "Streams whose reader was too slow, by what became of it.",
                    {{"domain", "test"}, {"stream", stream}, {"outcome", outcome}})
        .Value();
  }

  // Of those who do not read.
  std::shared_ptr<grpc::Channel> slow_;

  bool ConsoleLost(const std::string& agent) {
    agents::v1::GetAgentRequest request;
    request.set_agent_id(agent);
    agents::v1::GetAgentResponse response;
    EXPECT_TRUE(agents().GetAgent(Adapter().get(), request, &response).ok());
    return response.desk().agent().console_lost();
  }
};

TEST_F(SlowReadersTest, AWatcherThatDoesNotReadIsCutAndMissesNothingWhenItResumes) {
  RestartWith({.events_max = 40});
  auto context = Adapter();
  routing::v1::WatchContactsRequest request;
  const auto stub = routing::v1::RoutingService::NewStub(slow_);
  auto reader = stub->WatchContacts(context.get(), request);
  routing::v1::WatchContactsResponse message;
  ASSERT_TRUE(reader->Read(&message));  // the watch stands

  std::set<std::string> submitted;
  for (int i = 0; i < 40; ++i) submitted.insert(SubmitLarge("large-" + std::to_string(i)));
  Eventually([&] { return Counted("watch_contacts", "cut") == 1; });

  std::multiset<std::string> queued;
  std::uint64_t told = message.sequence();
  const auto take = [&] {
    for (const Event& event : message.events()) {
      if (event.has_queued()) queued.insert(event.contact_id());
    }
    told = message.sequence();
  };
  while (reader->Read(&message)) take();
  EXPECT_EQ(ReasonOf(reader->Finish()), "TOO_SLOW");
  EXPECT_LT(queued.size(), submitted.size());

  auto again = Adapter();
  request.set_after_sequence(told);
  auto resumed = routing().WatchContacts(again.get(), request);
  while (queued.size() < submitted.size() && resumed->Read(&message)) take();
  again->TryCancel();
  resumed->Finish();
  EXPECT_EQ(queued, std::multiset<std::string>(submitted.begin(), submitted.end()));
}

class SlowGatewayTest : public SlowReadersTest {
 protected:
  // A gateway's stream with ann's console, of which the first desk was read.
  void Open() {
    context_ = As(io::Role::kAdapter, "gateway");
    stub_ = agents::v1::AgentService::NewStub(slow_);
    stream_ = stub_->ServeAgents(context_.get());
    ServeAgentsRequest hello;
    hello.mutable_hello()->set_gateway("gateway");
    hello.add_commands()->mutable_attach()->set_agent_id("ann");
    ASSERT_TRUE(stream_->Write(hello));
    while (desks_ == 0 && Read()) {
    }
    ASSERT_EQ(desks_, 1);
  }

  // Takes one message: the offers of ann as a console would show them.
  bool Read() {
    ServeAgentsResponse message;
    if (!stream_->Read(&message)) return false;
    for (const agents::v1::Desk& desk : message.desks()) {
      ++desks_;
      exact_at_ = desk.sequence();
      offered_.clear();
      for (const auto& offer : desk.offers()) offered_.insert(offer.offer().contact_id());
    }
    for (const Event& event : message.events()) {
      EXPECT_GT(event.sequence(), exact_at_) << "the desk holds it already";
      if (event.has_offered()) offered_.insert(event.contact_id());
      if (event.has_offer_ended()) offered_.erase(event.contact_id());
    }
    return true;
  }

  // Large offers that come and go, two events each, far more than a connection takes unread.
  void OfferAndWithdraw(int count) {
    for (int i = 0; i < count; ++i) Abandon(SubmitLarge("passing-" + std::to_string(i)));
  }

  std::unique_ptr<agents::v1::AgentService::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReaderWriter<ServeAgentsRequest, ServeAgentsResponse>> stream_;
  int desks_ = 0;
  std::uint64_t exact_at_ = 0;
  std::set<std::string> offered_;
};

TEST_F(SlowGatewayTest, AGatewayThatFallsBehindIsShownItsDesksAnewAndStays) {
  RestartWith({.events_max = 20});
  SignIn("ann");
  Open();
  OfferAndWithdraw(30);
  EXPECT_GE(Counted("serve_agents", "resynchronised"), 1);
  const std::string last = Submit("last").id();
  while (!offered_.contains(last) && Read()) {
  }
  EXPECT_EQ(offered_, std::set<std::string>{last});
  EXPECT_GT(desks_, 1);
  EXPECT_FALSE(ConsoleLost("ann"));
  context_->TryCancel();
  stream_->Finish();
}

TEST_F(SlowGatewayTest, AGatewayThatTakesNothingHasLostItsConsoles) {
  RestartWith({.stall_limit = Duration{200}});
  SignIn("ann");
  Open();
  OfferAndWithdraw(30);
  Eventually([&] { return ConsoleLost("ann"); });
  EXPECT_EQ(Counted("serve_agents", "cut"), 1);
  while (Read()) {
  }
  EXPECT_FALSE(stream_->Finish().ok());
}

TEST_F(SlowReadersTest, ASnapshotAboveTheMessageLimitComesInParts) {
  std::set<std::string> submitted;
  for (int i = 0; i < 70; ++i) submitted.insert(SubmitLarge("large-" + std::to_string(i)));
  auto context = Adapter();
  auto stream = routing().RouteContacts(context.get());
  routing::v1::RouteContactsRequest hello;
  hello.mutable_hello()->set_adapter("phones");
  ASSERT_TRUE(stream->Write(hello));
  std::set<std::string> told;
  int parts = 0;
  bool more = true;
  RouteContactsResponse response;
  while (more && stream->Read(&response)) {
    ++parts;
    for (const auto& contact : response.welcome().contacts()) told.insert(contact.id());
    more = response.welcome().more_contacts();
    EXPECT_EQ(response.sequence() == 0, more) << "the sequence stands behind the whole";
  }
  EXPECT_EQ(told, submitted);
  EXPECT_GT(parts, 1);
  context->TryCancel();
  stream->Finish();
}

TEST_F(SlowReadersTest, AMessageOfTooManyCommandsEndsTheStream) {
  auto context = Adapter();
  auto stream = routing().RouteContacts(context.get());
  routing::v1::RouteContactsRequest hello;
  hello.mutable_hello()->set_adapter("phones");
  for (int i = 0; i <= 10'000; ++i) hello.add_commands()->set_tag(1);
  ASSERT_TRUE(stream->Write(hello));
  RouteContactsResponse response;
  while (stream->Read(&response)) {
  }
  EXPECT_EQ(ReasonOf(stream->Finish()), "TOO_MANY_COMMANDS");
}

TEST_F(SlowReadersTest, WatchersBeyondTheBoundAreRefused) {
  std::vector<std::pair<std::unique_ptr<grpc::ClientContext>,
                        std::unique_ptr<grpc::ClientReader<routing::v1::WatchContactsResponse>>>>
      watches;
  std::string reason;
  routing::v1::WatchContactsResponse message;
  while (reason.empty() && watches.size() <= service::DomainHub::kWatchersMax) {
    auto context = Adapter();
    auto reader = routing().WatchContacts(context.get(), {});
    if (reader->Read(&message)) {
      watches.emplace_back(std::move(context), std::move(reader));
    } else {
      reason = ReasonOf(reader->Finish());
    }
  }
  EXPECT_EQ(reason, "TOO_MANY_WATCHERS");
  EXPECT_GT(watches.size(), service::DomainHub::kWatchersMax / 2);
  for (auto& [context, reader] : watches) {
    context->TryCancel();
    reader->Finish();
  }
}

}  // namespace
}  // namespace usher
