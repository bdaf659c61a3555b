// SPDX-License-Identifier: Apache-2.0
#include "channels/asterisk/asterisk_adapter.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/io/grpc_channel.h"
#include "tests/support/scripted_router.h"
#include "tests/unit/channels/asterisk/scripted_asterisk.h"

namespace usher::asterisk {
namespace {

using agents::v1::AgentCommand;
using routing::v1::Contact;
using routing::v1::ContactCommand;
using testing::ScriptedAsterisk;
using testing::ScriptedRouter;

std::string Channel(const std::string& id, const std::string& state = "Ring") {
  return R"({"id":")" + id + R"(","state":")" + state +
         R"(","caller":{"number":"+15551","name":"Ada"},"dialplan":{"exten":"+4930",)" +
         R"("app_name":"Stasis","app_data":"usher,inbound,+4930"}})";
}
std::string CallerIn(const std::string& id, const std::string& arguments = R"("inbound","+4930")") {
  return R"({"type":"StasisStart","args":[)" + arguments + R"(],"channel":)" + Channel(id) + "}";
}
std::string OfChannel(const std::string& type, const std::string& id,
                      const std::string& more = {}) {
  return R"({"type":")" + type + R"(","channel":{"id":")" + id + R"("})" + more + "}";
}
// `POST channels/usher.a.c1.ann.3f9c?endpoint=…` calls usher.a.c1.ann.3f9c.
std::string Dialled(const std::string& request) {
  const std::size_t begin = request.find('/') + 1;
  return request.substr(begin, request.find('?') - begin);
}

class AsteriskAdapterTest : public ::testing::Test {
 protected:
  AsteriskAdapterTest()
      : road_(loop_, {io::OpenChannel(
                         {.address = router_.address(), .reconnect_wait_max = Duration{200}})}) {
    config_.servers.push_back({.name = "main",
                               .domain = DomainId{"acme"},
                               .url = asterisk_.url(),
                               .user = "usher",
                               .password = "secret"});
    config_.rules.numbers = {{.number = "+4930", .queue = "support"}};
    loop_.Start("adapter");
  }
  ~AsteriskAdapterTest() override {
    adapter_.reset();
    router_.Stop();
    loop_.Stop(Duration{2'000});
  }

  void Start() {
    auto made = AsteriskAdapter::Make(
        loop_, {{DomainId{"acme"}, "phone", road_, [] { return std::string("secret"); }}}, metrics_,
        config_);
    ASSERT_TRUE(made.ok());
    adapter_ = *std::move(made);
    adapter_->Start();
  }
  // A caller of contact c1 waits with music.
  void CallerWaits() {
    Start();
    ASSERT_TRUE(asterisk_.AwaitAsked("GET bridges"));
    asterisk_.Tell(CallerIn("10.1"));
    ASSERT_TRUE(asterisk_.AwaitAsked("POST channels/10.1/moh"));
    ASSERT_TRUE(router_.Await([](const auto& state) { return state.contacts.contains("c1"); }));
  }
  // ann's leg of c1, when her telephone is called.
  std::string AnnRings() {
    router_.Offer("c1", "ann");
    const auto dial = asterisk_.asked.Next(
        [](const std::string& text) { return text.rfind("POST channels/usher.a.c1.ann", 0) == 0; });
    return dial ? Dialled(*dial) : std::string();
  }
  bool AwaitAgent(const std::function<bool(const AgentCommand&)>& fits) {
    return router_.Await([&](const auto& state) {
      return std::any_of(state.agent_commands.begin(), state.agent_commands.end(), fits);
    });
  }
  bool AwaitRejected(const std::string& reason) {
    return AwaitAgent([&](const AgentCommand& command) {
      return command.has_reject() && command.reject().reason() == reason;
    });
  }
  bool AwaitContact(const std::function<bool(const ContactCommand&)>& fits) {
    return router_.Await([&](const auto& state) {
      return std::any_of(state.contact_commands.begin(), state.contact_commands.end(), fits);
    });
  }

  ScriptedRouter router_;
  ScriptedAsterisk asterisk_;
  io::Metrics metrics_;
  io::EventLoop loop_;
  io::LeaderChannel road_;
  AsteriskConfig config_;
  std::unique_ptr<AsteriskAdapter> adapter_;
};

TEST_F(AsteriskAdapterTest, QueuesACallerWithWhatIsKnown) {
  CallerWaits();
  ASSERT_TRUE(AwaitContact([](const ContactCommand& command) {
    const auto& submit = command.submit();
    return submit.channel() == type::v1::CHANNEL_VOICE && submit.queue() == "support" &&
           submit.external_id() == "main/10.1" && submit.from().identity().kind() == "phone" &&
           submit.from().identity().value() == "+15551" &&
           submit.attributes().at("caller") == "+15551" &&
           submit.attributes().at("dialled") == "+4930";
  }));
}

TEST_F(AsteriskAdapterTest, KeepsAWithheldNumberFromPeople) {
  Start();
  ASSERT_TRUE(asterisk_.AwaitAsked("GET bridges"));
  asterisk_.Tell(CallerIn("10.1", R"("inbound","+4930","prohib_not_screened")"));
  ASSERT_TRUE(AwaitContact([](const ContactCommand& command) {
    const auto& attributes = command.submit().attributes();
    return !attributes.contains("caller") && !attributes.contains("caller_name") &&
           attributes.at("caller_withheld") == "true" &&
           command.submit().from().identity().value() == "+15551";
  }));
}

TEST_F(AsteriskAdapterTest, AcceptsForTheAgentWhoLiftsAndBridgesThem) {
  CallerWaits();
  const std::string leg = AnnRings();
  asterisk_.Tell(OfChannel("StasisStart", leg, R"(,"args":["leg"])"));
  ASSERT_TRUE(AwaitAgent([](const AgentCommand& command) {
    return command.has_accept() && command.accept().agent_id() == "ann" &&
           command.accept().contact_id() == "c1";
  }));
  router_.Assign("c1", "ann");
  EXPECT_TRUE(asterisk_.AwaitAsked("POST bridges/usher.b.c1/addChannel?channel=10.1," + leg));
}

TEST_F(AsteriskAdapterTest, BridgesEachAloneWhereTheyAreNotTakenTogether) {
  CallerWaits();
  const std::string leg = AnnRings();
  asterisk_.Answer("POST bridges/usher.b.c1/addChannel?channel=10.1,", 400, "{}");
  asterisk_.Tell(OfChannel("StasisStart", leg, R"(,"args":["leg"])"));
  ASSERT_TRUE(AwaitAgent([](const AgentCommand& command) { return command.has_accept(); }));
  router_.Assign("c1", "ann");
  EXPECT_TRUE(asterisk_.AwaitAsked("POST bridges/usher.b.c1/addChannel?channel=10.1," + leg));
  EXPECT_TRUE(asterisk_.AwaitAsked("POST bridges/usher.b.c1/addChannel?channel=10.1"));
  EXPECT_TRUE(asterisk_.AwaitAsked("POST bridges/usher.b.c1/addChannel?channel=" + leg));
}

TEST_F(AsteriskAdapterTest, TellsWhyATelephoneDidNotAnswer) {
  CallerWaits();
  const std::string leg = AnnRings();
  asterisk_.Tell(OfChannel("ChannelDestroyed", leg, R"(,"cause":17)"));
  EXPECT_TRUE(AwaitRejected("busy"));
}

TEST_F(AsteriskAdapterTest, TellsATelephoneThatIsNotThereFromOneThatNobodyAnswers) {
  CallerWaits();
  asterisk_.Tell(OfChannel("ChannelDestroyed", AnnRings(), R"(,"cause":19)"));
  EXPECT_TRUE(AwaitRejected("unreachable"));
  const std::string leg = AnnRings();
  asterisk_.Tell(R"({"type":"ChannelStateChange","channel":{"id":")" + leg +
                 R"(","state":"Ringing"}})");
  asterisk_.Tell(OfChannel("ChannelDestroyed", leg, R"(,"cause":19)"));
  EXPECT_TRUE(AwaitRejected("no-answer"));
}

TEST_F(AsteriskAdapterTest, TakesAnEndpointThatAsteriskDoesNotKnowForUnreachable) {
  asterisk_.Answer("POST channels/usher.a.", 500, R"({"error":"Allocation failed"})");
  CallerWaits();
  AnnRings();
  EXPECT_TRUE(AwaitRejected("unreachable"));
}

TEST_F(AsteriskAdapterTest, SaysAtOnceThatACallerGaveUp) {
  CallerWaits();
  asterisk_.Tell(OfChannel("ChannelHangupRequest", "10.1"));
  EXPECT_TRUE(AwaitContact([](const ContactCommand& command) {
    return command.has_abandon() && command.abandon().contact_id() == "c1" &&
           command.abandon().channel() == type::v1::CHANNEL_VOICE;
  }));
}

TEST_F(AsteriskAdapterTest, TellsHowACallStandsAndDoesWhatIsWanted) {
  CallerWaits();
  const std::string leg = AnnRings();
  asterisk_.Tell(OfChannel("StasisStart", leg, R"(,"args":["leg"])"));
  router_.Assign("c1", "ann");
  ASSERT_TRUE(router_.Await([](const auto& state) {
    return !state.calls.empty() && state.calls.back().legs_size() == 2 &&
           state.calls.back().legs(0).state() == routing::v1::CallLeg::STATE_UP;
  }));
  routing::v1::CallOrder order;
  order.set_tag(5);
  order.set_by("ann");
  order.set_contact_id("c1");
  order.mutable_control()->mutable_mute()->set_muted(true);
  router_.Order(order);
  EXPECT_TRUE(asterisk_.AwaitAsked("POST channels/" + leg + "/mute?direction=in"));
  EXPECT_TRUE(router_.Await([](const auto& state) {
    return !state.order_results.empty() && state.order_results.back().tag() == 5 &&
           state.order_results.back().code() == 0;
  }));
  order.set_tag(6);
  order.set_contact_id("c99");
  router_.Order(order);
  EXPECT_TRUE(router_.Await(
      [](const auto& state) { return state.order_results.back().reason() == "NO_SUCH_CALL"; }));
}

TEST_F(AsteriskAdapterTest, TellsAllCallsAnewToARouterThatCameAgain) {
  CallerWaits();
  ASSERT_TRUE(router_.Await([](const auto& state) { return !state.calls.empty(); }));
  router_.Stop();
  router_.With([](ScriptedRouter::State& state) { state.calls.clear(); });
  router_.Restart();
  EXPECT_TRUE(router_.Await([](const auto& state) {
    return !state.calls.empty() && state.calls.back().contact_id() == "c1";
  }));
}

TEST_F(AsteriskAdapterTest, PlacesACallForAnAgent) {
  config_.rules.outside_address = "PJSIP/{number}@trunk";
  Start();
  ASSERT_TRUE(asterisk_.AwaitAsked("GET bridges"));
  routing::v1::CallOrder order;
  order.set_tag(7);
  order.set_by("ann");
  order.set_request_id("r1");
  order.mutable_place()->set_number("+4915");
  order.mutable_place()->set_queue("support");
  // The comparison is over when a caller is taken.
  asterisk_.Tell(CallerIn("10.1", R"("inbound","+49407")"));
  ASSERT_TRUE(asterisk_.AwaitAsked("POST channels/10.1/continue"));
  router_.Order(order);
  ASSERT_TRUE(AwaitAgent([](const AgentCommand& command) {
    return command.has_pull() && command.pull().agent_id() == "ann";
  }));
  router_.Assign("c1", "ann");
  const auto dial = asterisk_.asked.Next(
      [](const std::string& text) { return text.rfind("POST channels/usher.a.c1.ann", 0) == 0; });
  ASSERT_TRUE(dial);
  EXPECT_TRUE(router_.Await([](const auto& state) {
    return !state.order_results.empty() && state.order_results.back().contact_id() == "c1";
  }));
  asterisk_.Tell(OfChannel("StasisStart", Dialled(*dial), R"(,"args":["leg"])"));
  EXPECT_TRUE(asterisk_.AwaitAsked("POST channels/usher.c.c1.x"));
}

TEST_F(AsteriskAdapterTest, GivesBackWhomTheRouterRefuses) {
  router_.With([](ScriptedRouter::State& state) { state.refuse_queue["support"] = "QUEUE_FULL"; });
  Start();
  ASSERT_TRUE(asterisk_.AwaitAsked("GET bridges"));
  asterisk_.Tell(CallerIn("10.1"));
  EXPECT_TRUE(
      asterisk_.AwaitAsked("POST channels/10.1/variable?variable=USHER_GIVEN_BACK&value=full"));
  EXPECT_TRUE(asterisk_.AwaitAsked("POST channels/10.1/continue"));
}

TEST_F(AsteriskAdapterTest, GivesBackOneCallerTooManyAndNumbersThatItDoesNotKnow) {
  config_.servers[0].calls_max = 1;
  CallerWaits();
  asterisk_.Tell(CallerIn("10.2"));
  EXPECT_TRUE(asterisk_.AwaitAsked(
      "POST channels/10.2/variable?variable=USHER_GIVEN_BACK&value=over-limit"));
  asterisk_.Tell(OfChannel("StasisEnd", "10.1"));
  asterisk_.Tell(CallerIn("10.3", R"("inbound","+49407")"));
  EXPECT_TRUE(asterisk_.AwaitAsked(
      "POST channels/10.3/variable?variable=USHER_GIVEN_BACK&value=unknown-number"));
}

TEST_F(AsteriskAdapterTest, SkipsWhatItCannotReadAndGoesOn) {
  Start();
  ASSERT_TRUE(asterisk_.AwaitAsked("GET bridges"));
  asterisk_.Tell("{\"type\":");
  asterisk_.Tell(CallerIn("10.1"));
  EXPECT_TRUE(asterisk_.AwaitAsked("POST channels/10.1/answer"));
  EXPECT_NE(metrics_.Expose().find("usher_phone_unreadable_total 1"), std::string::npos);
}

TEST_F(AsteriskAdapterTest, FindsOutAfterALostConnectionWhoHungUp) {
  CallerWaits();
  asterisk_.Drop();
  ASSERT_TRUE(asterisk_.AwaitAsked("GET bridges"));
  EXPECT_TRUE(AwaitContact([](const ContactCommand& command) {
    return command.has_abandon() && command.abandon().contact_id() == "c1";
  }));
}

TEST_F(AsteriskAdapterTest, QueuesACallerWhoCameWhileTheConnectionWasLost) {
  Start();
  ASSERT_TRUE(asterisk_.AwaitAsked("GET bridges"));
  asterisk_.Answer("GET channels", 200, "[" + Channel("10.7", "Up") + "]");
  asterisk_.Drop();
  EXPECT_TRUE(AwaitContact([](const ContactCommand& command) {
    return command.has_submit() && command.submit().external_id() == "main/10.7";
  }));
}

TEST_F(AsteriskAdapterTest, GoesOnWithACallAfterItWasKilled) {
  CallerWaits();
  const std::string leg = AnnRings();
  asterisk_.Tell(OfChannel("StasisStart", leg, R"(,"args":["leg"])"));
  ASSERT_TRUE(AwaitAgent([](const AgentCommand& command) { return command.has_accept(); }));
  router_.Assign("c1", "ann");
  ASSERT_TRUE(asterisk_.AwaitAsked("POST bridges/usher.b.c1/addChannel?channel=10.1," + leg));
  adapter_.reset();

  asterisk_.Answer(
      "GET channels", 200,
      "[" + Channel("10.1", "Up") + R"(,{"id":")" + leg +
          R"(","state":"Up","dialplan":{"app_name":"Stasis","app_data":"usher,leg"}}])");
  asterisk_.Answer("GET bridges", 200,
                   R"([{"id":"usher.b.c1","channels":["10.1",")" + leg + R"("]}])");
  Start();
  ASSERT_TRUE(asterisk_.AwaitAsked("GET bridges"));
  // Nobody was moved, and the agent's hang-up ends the contact.
  asterisk_.Tell(OfChannel("StasisEnd", leg));
  EXPECT_TRUE(AwaitAgent([](const AgentCommand& command) {
    return command.has_complete() && command.complete().contact_id() == "c1" &&
           command.complete().agent_id() == "ann";
  }));
  // The customer is taken out once she is alone; Ann never was.
  const auto asked = asterisk_.asked.all();
  EXPECT_EQ(std::count_if(asked.begin(), asked.end(),
                          [&](const std::string& text) {
                            return text.find("removeChannel?channel=" + leg) != std::string::npos;
                          }),
            0);
}

TEST_F(AsteriskAdapterTest, HangsUpLegsOfCallsThatAreOver) {
  asterisk_.Answer("GET channels", 200,
                   R"([{"id":"usher.a.c9.ann.0","state":"Up","dialplan":{"app_name":"Stasis"}}])");
  asterisk_.Answer("GET bridges", 200, R"([{"id":"usher.b.c9","channels":["usher.a.c9.ann.0"]}])");
  Start();
  EXPECT_TRUE(asterisk_.AwaitAsked("DELETE channels/usher.a.c9.ann.0"));
  EXPECT_TRUE(asterisk_.AwaitAsked("DELETE bridges/usher.b.c9"));
}

TEST_F(AsteriskAdapterTest, StandsByWhileAnotherServesAndConnectsWhenThatFallsSilent) {
  asterisk_.SetLease("phone@other 7");
  Start();
  ASSERT_TRUE(asterisk_.looks.AwaitCount(2));
  EXPECT_TRUE(asterisk_.opened.all().empty());
  EXPECT_TRUE(asterisk_.opened.AwaitCount(1));  // nothing new was said in three looks
  EXPECT_GE(asterisk_.looks.all().size(), 4U);
}

TEST_F(AsteriskAdapterTest, RefusesAServerOfADomainThatIsNotServed) {
  config_.servers[0].domain = DomainId{"other"};
  const auto made = AsteriskAdapter::Make(
      loop_, {{DomainId{"acme"}, "phone", road_, [] { return std::string("secret"); }}}, metrics_,
      config_);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().reason, "UNKNOWN_DOMAIN");
}

}  // namespace
}  // namespace usher::asterisk
