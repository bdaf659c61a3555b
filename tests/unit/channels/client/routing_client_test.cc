// SPDX-License-Identifier: Apache-2.0
#include "channels/client/routing_client.h"

#include <set>

#include <gtest/gtest.h>

#include "base/io/grpc_channel.h"
#include "tests/support/inbox.h"
#include "tests/support/scripted_router.h"

namespace usher::channels {
namespace {

using routing::v1::Contact;
using routing::v1::ContactResult;
using routing::v1::Event;
using routing::v1::SubmitContactRequest;
using testing::Inbox;
using testing::ScriptedRouter;

SubmitContactRequest Chat(const std::string& external_id) {
  SubmitContactRequest request;
  request.set_channel(type::v1::CHANNEL_CHAT);
  request.set_queue("support");
  request.set_external_id(external_id);
  return request;
}

class RoutingClientTest : public ::testing::Test {
 protected:
  RoutingClientTest()
      : road_(
            loop_,
            {io::OpenChannel({.address = router_.address(), .reconnect_wait_max = Duration{200}})}),
        client_(loop_, road_, [] { return std::string("secret"); }, {.adapter = "chat"},
                {.on_event = [this](const Event& event) { events_.Push(event); },
                 .on_snapshot = [this](const std::vector<Contact>& open) { open_.Push(open); }}) {
    loop_.Start("adapter");
    loop_.Call([this] { client_.Start(); });
  }
  ~RoutingClientTest() override {
    loop_.Call([this] { client_.Stop(); });
    router_.Stop();
    loop_.Stop(Duration{2'000});
  }

  void Submit(const std::string& external_id) {
    loop_.Call([&] {
      client_.Submit(Chat(external_id),
                     [this](Result<ContactResult> result) { results_.Push(std::move(result)); });
    });
  }
  static std::set<std::string> RequestIds(const ScriptedRouter::State& state) {
    std::set<std::string> ids;
    for (const auto& command : state.contact_commands) ids.insert(command.submit().request_id());
    return ids;
  }

  ScriptedRouter router_;
  io::EventLoop loop_;
  Inbox<Event> events_;
  Inbox<std::vector<Contact>> open_;
  Inbox<Result<ContactResult>> results_;
  io::LeaderChannel road_;
  RoutingClient client_;
};

TEST_F(RoutingClientTest, AnswersEachCommandAndTellsItsEvents) {
  Submit("one");
  Submit("two");
  ASSERT_TRUE(results_.AwaitCount(2));
  EXPECT_EQ((*results_.all()[0]).contact_id(), "c1");
  EXPECT_EQ((*results_.all()[1]).contact_id(), "c2");
  ASSERT_TRUE(events_.AwaitCount(2));
  EXPECT_EQ(events_.all()[0].contact_id(), "c1");
  EXPECT_TRUE(events_.all()[0].has_queued());
}

TEST_F(RoutingClientTest, SaysItsTokenWhenItConnects) {
  ASSERT_TRUE(open_.Next());
  router_.With([](ScriptedRouter::State& state) {
    ASSERT_FALSE(state.tokens.empty());
    EXPECT_EQ(state.tokens[0], "Bearer secret");
  });
}

TEST_F(RoutingClientTest, TellsARefusalWithItsReason) {
  router_.With([](ScriptedRouter::State& state) { state.refuse_queue["support"] = "QUEUE_FULL"; });
  Submit("one");
  const auto result = results_.Next();
  ASSERT_TRUE(result);
  ASSERT_FALSE(result->ok());
  EXPECT_EQ(result->error().code, Code::kResourceExhausted);
  EXPECT_EQ(result->error().reason, "QUEUE_FULL");
}

TEST_F(RoutingClientTest, SendsTheSameCommandAgainWhenItsAnswerWasLost) {
  ASSERT_TRUE(open_.Next());
  router_.With([](ScriptedRouter::State& state) { state.answers_to_drop = 1; });
  Submit("one");
  const auto result = results_.Next();
  ASSERT_TRUE(result && result->ok());
  EXPECT_TRUE((*result)->repeated_command());
  router_.With([](ScriptedRouter::State& state) {
    EXPECT_EQ(state.contacts.size(), 1U);
    EXPECT_EQ(state.contact_commands.size(), 2U);
    EXPECT_EQ(RequestIds(state).size(), 1U);
  });
}

TEST_F(RoutingClientTest, TellsWhatHappenedWhileTheRouterWasAwayOnceAndInOrder) {
  Submit("one");
  ASSERT_TRUE(results_.Next());
  ASSERT_TRUE(events_.AwaitCount(1));
  ASSERT_TRUE(open_.AwaitCount(1));
  router_.Stop();
  router_.Assign("c1", "ann");
  router_.Close("c1", Contact::OUTCOME_COMPLETED);
  router_.Restart();
  ASSERT_TRUE(events_.AwaitCount(3));
  const auto events = events_.all();
  ASSERT_EQ(events.size(), 3U);
  EXPECT_TRUE(events[0].has_queued());
  EXPECT_TRUE(events[1].has_assigned());
  EXPECT_TRUE(events[2].has_closed());
  EXPECT_EQ(open_.all().size(), 1U);
}

TEST_F(RoutingClientTest, TakesTheWholeTruthWhenEventsAreNoLongerToBeHad) {
  Submit("one");
  Submit("two");
  ASSERT_TRUE(results_.AwaitCount(2));
  router_.With([](ScriptedRouter::State& state) { state.resume_lost = true; });
  router_.Stop();
  router_.Close("c1", Contact::OUTCOME_ABANDONED);
  router_.Restart();
  ASSERT_TRUE(open_.AwaitCount(2));
  EXPECT_TRUE(open_.all()[0].empty());
  ASSERT_EQ(open_.all()[1].size(), 1U);
  EXPECT_EQ(open_.all()[1][0].id(), "c2");
}

TEST_F(RoutingClientTest, KeepsCommandsGivenWhileTheRouterIsAway) {
  ASSERT_TRUE(open_.Next());
  router_.Stop();
  Submit("one");
  Submit("two");
  router_.Restart();
  ASSERT_TRUE(results_.AwaitCount(2));
  EXPECT_EQ((*results_.all()[0]).contact_id(), "c1");
  EXPECT_EQ((*results_.all()[1]).contact_id(), "c2");
}

TEST_F(RoutingClientTest, SendsWhatHasGatheredInOneMessage) {
  ASSERT_TRUE(open_.Next());
  loop_.Call([&] {
    for (int i = 0; i < 1000; ++i) {
      client_.Submit(Chat(std::to_string(i)),
                     [this](Result<ContactResult> result) { results_.Push(std::move(result)); });
    }
  });
  ASSERT_TRUE(results_.AwaitCount(1000));
  router_.With([](ScriptedRouter::State& state) { EXPECT_LE(state.route_messages, 4); });
}

// A client that stands by while another process has its name.
class StandbyClientTest : public ::testing::Test {
 protected:
  StandbyClientTest()
      : road_(
            loop_,
            {io::OpenChannel({.address = router_.address(), .reconnect_wait_max = Duration{200}})}),
        client_(loop_, road_, [] { return std::string("secret"); },
                {.adapter = "email", .standby = true},
                {.on_event = [](const Event&) {},
                 .on_snapshot = [this](const std::vector<Contact>& open) { open_.Push(open); },
                 .on_standing_by = [this] { standing_by_.Push(true); },
                 .on_lost = [this](const Error& error) { lost_.Push(error); }}) {
    loop_.Start("adapter");
  }
  ~StandbyClientTest() override {
    loop_.Call([this] { client_.Stop(); });
    router_.Stop();
    loop_.Stop(Duration{2'000});
  }
  void Start(bool name_is_taken) {
    router_.With([&](ScriptedRouter::State& state) { state.name_is_taken = name_is_taken; });
    loop_.Call([this] { client_.Start(); });
  }
  Result<ContactResult> Submit(const std::string& external_id) {
    loop_.Call([&] {
      client_.Submit(Chat(external_id),
                     [this](Result<ContactResult> result) { results_.Push(std::move(result)); });
    });
    const auto result = results_.Next();
    return result ? *result : Error{Code::kDeadlineExceeded, "NO_ANSWER", "", ""};
  }
  bool stands_by() {
    bool stands_by = false;
    loop_.Call([&] { stands_by = client_.stands_by(); });
    return stands_by;
  }

  ScriptedRouter router_;
  io::EventLoop loop_;
  Inbox<bool> standing_by_;
  Inbox<Error> lost_;
  Inbox<std::vector<Contact>> open_;
  Inbox<Result<ContactResult>> results_;
  io::LeaderChannel road_;
  RoutingClient client_;
};

TEST_F(StandbyClientTest, WaitsOnOneStreamAndSaysNothingUntilItIsWelcomed) {
  Start(true);
  ASSERT_TRUE(standing_by_.Next());
  EXPECT_TRUE(stands_by());
  EXPECT_EQ(Submit("one").error().reason, "STANDS_BY");
  router_.With([](ScriptedRouter::State& state) {
    EXPECT_EQ(state.route_messages, 0);
    EXPECT_EQ(state.route_streams, 1);
  });
  router_.FreeName();
  ASSERT_TRUE(open_.Next());
  EXPECT_FALSE(stands_by());
  const auto submitted = Submit("one");
  ASSERT_TRUE(submitted.ok()) << submitted.error().message;
  router_.With([](ScriptedRouter::State& state) { EXPECT_EQ(state.route_streams, 1); });
}

TEST_F(StandbyClientTest, WorksAtOnceWhereTheNameIsFree) {
  Start(false);
  ASSERT_TRUE(open_.Next());
  EXPECT_TRUE(Submit("one").ok());
  EXPECT_TRUE(standing_by_.all().empty());
}

TEST_F(StandbyClientTest, IsToldOfItsLossAndHasTheWholeTruthAnew) {
  Start(false);
  ASSERT_TRUE(open_.Next());
  ASSERT_TRUE(Submit("one").ok());
  router_.Stop();
  ASSERT_TRUE(lost_.Next());
  EXPECT_EQ(Submit("two").error().reason, "ROUTER_UNREACHABLE");
  router_.Restart();
  const auto open = open_.Next();
  ASSERT_TRUE(open);
  EXPECT_EQ(open->size(), 1U) << "not from where it was: another may have gone on meanwhile";
}

TEST_F(StandbyClientTest, ALossWhileItStandsByIsNoneOfItsWork) {
  Start(true);
  ASSERT_TRUE(standing_by_.Next());
  router_.Stop();
  router_.Restart();
  ASSERT_TRUE(standing_by_.Next());
  EXPECT_TRUE(lost_.all().empty());
}

TEST(RoutingClientRoadTest, GoesOnAtAnotherRouterWhenItsOwnIsGone) {
  ScriptedRouter first;
  ScriptedRouter second;
  io::EventLoop loop;
  loop.Start("adapter");
  io::LeaderChannel road(loop, {}, {first.address(), second.address()});
  Inbox<Result<ContactResult>> results;
  RoutingClient client(loop, road, [] { return std::string("secret"); }, {.adapter = "chat"},
                       {.on_event = [](const Event&) {}});
  const auto submit = [&](const std::string& external_id) {
    loop.Call([&] {
      client.Submit(Chat(external_id), [&](Result<ContactResult> result) { results.Push(result); });
    });
    const auto result = results.Next();
    return result && result->ok();
  };
  loop.Call([&] { client.Start(); });
  EXPECT_TRUE(submit("one"));
  EXPECT_TRUE(second.Await([](const auto& state) { return state.route_streams == 0; }));
  first.Stop();
  EXPECT_TRUE(submit("two"));
  EXPECT_TRUE(second.Await([](const auto& state) { return state.contact_commands.size() == 1; }));
  // And back, when that one goes and the first has come again.
  first.Restart();
  second.Stop();
  EXPECT_TRUE(submit("three"));
  EXPECT_TRUE(first.Await([](const auto& state) { return state.contact_commands.size() == 2; }));
  loop.Call([&] { client.Stop(); });
  first.Stop();
  loop.Stop(Duration{2'000});
}

TEST(RoutingClientLimitsTest, RefusesMoreCommandsThanItsBound) {
  io::EventLoop loop;
  loop.Start("adapter");
  Inbox<Result<ContactResult>> results;
  io::LeaderChannel road(loop, {}, {"127.0.0.1:1"});
  RoutingClient client(loop, road, [] { return ""; }, {.adapter = "chat", .commands_max = 1}, {});
  loop.Call([&] {
    client.Start();
    client.Submit(Chat("one"), [&](Result<ContactResult> result) { results.Push(result); });
    client.Submit(Chat("two"), [&](Result<ContactResult> result) { results.Push(result); });
  });
  const auto refused = results.Next();
  ASSERT_TRUE(refused && !refused->ok());
  EXPECT_EQ(refused->error().reason, "TOO_MANY_COMMANDS");
  loop.Call([&] { client.Stop(); });
  loop.Stop(Duration{1'000});
}

TEST(RoutingClientLimitsTest, TellsUnavailableWhenTheTimeOfACommandIsOver) {
  io::EventLoop loop;
  loop.Start("adapter");
  Inbox<Result<ContactResult>> results;
  io::LeaderChannel road(loop, {}, {"127.0.0.1:1"});
  RoutingClient client(loop, road, [] { return ""; },
                       {.adapter = "chat", .answer_timeout = Duration{1}}, {});
  loop.Call([&] {
    client.Start();
    client.Submit(Chat("one"), [&](Result<ContactResult> result) { results.Push(result); });
  });
  const auto refused = results.Next();
  ASSERT_TRUE(refused && !refused->ok());
  EXPECT_EQ(refused->error().code, Code::kUnavailable);
  loop.Call([&] { client.Stop(); });
  loop.Stop(Duration{1'000});
}

}  // namespace
}  // namespace usher::channels
