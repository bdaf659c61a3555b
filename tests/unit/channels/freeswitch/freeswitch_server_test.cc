// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/io/grpc_channel.h"
#include "channels/freeswitch/freeswitch_adapter.h"
#include "tests/support/scripted_router.h"
#include "tests/unit/channels/freeswitch/scripted_switch.h"

namespace usher::freeswitch {
namespace {

using routing::v1::CallControl;
using routing::v1::CallLeg;
using routing::v1::CallOrder;
using routing::v1::Contact;
using testing::ScriptedRouter;
using RouterState = ScriptedRouter::State;

FreeswitchConfig Config(std::uint16_t port, const std::string& host = "127.0.0.1") {
  FreeswitchConfig config;
  config.servers = {{.name = "main",
                     .domain = DomainId{"acme"},
                     .host = host,
                     .port = port,
                     .password = "secret"}};
  config.rules.agent_address = "user/{agent}";
  config.rules.outside_address = "sofia/gateway/trunk/{number}";
  config.rules.numbers = {{.number = "+15558000*", .queue = "support"}};
  config.rules.queues["support"].music = "moh";
  config.rules.queues["support"].record = false;
  return config;
}

// One process with the adapter in it.
struct Process {
  Process(const std::string& router, FreeswitchConfig config, const std::string& name)
      : road(loop, {io::OpenChannel({.address = router, .reconnect_wait_max = Duration{200}})}) {
    auto made = FreeswitchAdapter::Make(
        loop, {{DomainId{"acme"}, name, road, [] { return std::string("adapter-token"); }}},
        metrics, std::move(config));
    EXPECT_TRUE(made.ok());
    adapter = *std::move(made);
    loop.Start("phone");
    adapter->Start();
  }
  ~Process() {
    adapter.reset();
    loop.Stop(Duration{2'000});
  }

  io::EventLoop loop;
  io::Metrics metrics;
  io::LeaderChannel road;
  std::unique_ptr<FreeswitchAdapter> adapter;
};

// What a caller looks like who was parked by the dialplan.
ScriptedSwitch::Fields Caller(bool up = false) {
  return {
      {"Answer-State", up ? "answered" : "ringing"}, {"Caller-Caller-ID-Number", "+15557654321"},
      {"Caller-Caller-ID-Name", "ACME Ltd"},         {"Caller-Destination-Number", "usher"},
      {"variable_usher_application", "usher"},       {"variable_usher_number", "+15558000123"},
      {"variable_usher_attribute_LANG", "en"}};
}

class FreeswitchServerTest : public ::testing::Test {
 protected:
  ~FreeswitchServerTest() override {
    process_.reset();
    router_.Stop();
  }

  void Serve() { Serve(Config(switch_.port())); }
  void Serve(FreeswitchConfig config, const std::string& name = "freeswitch@one") {
    process_.reset();
    process_ = std::make_unique<Process>(router_.address(), std::move(config), name);
  }
  void Arrive(const std::string& uuid) {
    switch_.SetChannel(uuid, Caller());
    switch_.Happen("CHANNEL_PARK", uuid);
  }
  // Waits for the leg of ours that is called and gives its id.
  std::string AwaitDial(const std::string& address) {
    const std::string command = switch_.Await('}' + address + " &park()");
    const std::size_t begin = command.find("origination_uuid=");
    if (begin == std::string::npos) return {};
    return command.substr(begin + 17, command.find(',', begin) - begin - 17);
  }
  void PickUp(const std::string& leg) {
    switch_.SetChannel(leg,
                       {{"Answer-State", "answered"}, {"variable_usher_application", "usher"}});
    switch_.Happen("CHANNEL_PARK", leg);
    switch_.FinishJob("origination_uuid=" + leg + ',', "+OK " + leg);
  }
  void HangUp(const std::string& leg, const std::string& cause = "NORMAL_CLEARING") {
    switch_.Happen("CHANNEL_HANGUP_COMPLETE", leg, {{"Hangup-Cause", cause}});
  }
  bool AwaitContact(const std::string& id, Contact::State state) {
    return router_.Await([&](const RouterState& now) {
      const auto found = now.contacts.find(id);
      return found != now.contacts.end() && found->second.state() == state;
    });
  }
  bool AwaitReject(const std::string& reason) {
    return router_.Await([&](const RouterState& now) {
      return !now.agent_commands.empty() && now.agent_commands.back().has_reject() &&
             now.agent_commands.back().reject().reason() == reason;
    });
  }
  // A caller who talks with ann in contact c1; gives ann's leg.
  std::string Talk() {
    Arrive("caller-1");
    EXPECT_TRUE(AwaitContact("c1", Contact::STATE_WAITING));
    router_.Offer("c1", "ann");
    const std::string leg = AwaitDial("user/ann");
    PickUp(leg);
    EXPECT_TRUE(router_.Await([](const RouterState& now) {
      return !now.agent_commands.empty() && now.agent_commands.back().has_accept();
    }));
    router_.Assign("c1", "ann");
    EXPECT_NE(switch_.Await("conference:usher.b.c1@usher"), "");
    EXPECT_NE(switch_.Await("conference:usher.b.c1@usher"), "");
    return leg;
  }
  void Order(const CallControl& control, const std::string& by = "ann") {
    CallOrder order;
    order.set_tag(++tag_);
    order.set_by(by);
    order.set_contact_id("c1");
    *order.mutable_control() = control;
    router_.Order(order);
    EXPECT_TRUE(router_.Await([&](const RouterState& now) {
      return !now.order_results.empty() && now.order_results.back().tag() == tag_;
    }));
    router_.With([](RouterState& now) { EXPECT_EQ(now.order_results.back().code(), 0U); });
  }

  ScriptedRouter router_;
  ScriptedSwitch switch_;
  std::unique_ptr<Process> process_;
  std::uint64_t tag_ = 0;
};

TEST_F(FreeswitchServerTest, ACallerIsAnsweredQueuedAndHearsMusic) {
  Serve();
  ASSERT_TRUE(switch_.AwaitLogins(1));
  EXPECT_NE(switch_.Await("show channels as json"), "");
  Arrive("caller-1");
  EXPECT_EQ(switch_.Await("sched_del"), "api sched_del caller-1");
  // The agent's telephone comes first, so the answer waits for the contact.
  EXPECT_EQ(switch_.Await("uuid_answer"), "api uuid_answer caller-1");
  EXPECT_EQ(switch_.Await("uuid_transfer"),
            "api uuid_transfer caller-1 'set:usher_place=music,playback:local_stream://moh,park:' "
            "inline");
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_WAITING));
  router_.With([](RouterState& now) {
    const Contact& contact = now.contacts["c1"];
    EXPECT_EQ(contact.queue(), "support");
    EXPECT_EQ(contact.external_id(), "main/caller-1");
    EXPECT_EQ(contact.attributes().at("caller"), "+15557654321");
    EXPECT_EQ(contact.attributes().at("dialled"), "+15558000123");
    EXPECT_EQ(contact.attributes().at("LANG"), "en");
  });
}

TEST_F(FreeswitchServerTest, AnAgentIsRungBridgedAndTheCallEnds) {
  Serve();
  Arrive("caller-1");
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_WAITING));
  router_.Offer("c1", "ann");
  const std::string dial = switch_.Await("bgapi originate");
  EXPECT_NE(dial.find("usher_application=usher,ignore_early_media=true,originate_timeout=2"),
            std::string::npos)
      << dial;
  EXPECT_NE(dial.find(",origination_caller_id_number=+15557654321,"
                      "origination_caller_id_name=ACME_Ltd}user/ann &park()"),
            std::string::npos)
      << dial;
  const std::string leg = dial.substr(dial.find("usher.a.c1.ann."), 27);
  switch_.SetChannel(leg, {{"Answer-State", "early"}, {"variable_usher_application", "usher"}});
  switch_.Happen("CHANNEL_PROGRESS", leg);
  PickUp(leg);
  ASSERT_TRUE(router_.Await([](const RouterState& now) {
    return !now.agent_commands.empty() && now.agent_commands.back().has_accept();
  }));
  router_.Assign("c1", "ann");
  EXPECT_EQ(switch_.Await("api uuid_transfer caller-1 'set:usher_place=usher.b.c1"),
            "api uuid_transfer caller-1 "
            "'set:usher_place=usher.b.c1,conference:usher.b.c1@usher,park:' inline");
  EXPECT_NE(switch_.Await("api uuid_transfer " + leg + " 'set:usher_place=usher.b.c1,conference"),
            "");
  HangUp("caller-1");
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_CLOSED));
  router_.With([](RouterState& now) {
    EXPECT_EQ(now.contacts["c1"].outcome(), Contact::OUTCOME_COMPLETED);
  });
  EXPECT_EQ(switch_.Await("uuid_kill"), "api uuid_kill " + leg + " NORMAL_CLEARING");
}

TEST_F(FreeswitchServerTest, ACallerWhoHangsUpWhileAnAgentIsRungHasAbandonedAndTheRingingEnds) {
  Serve();
  Arrive("caller-1");
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_WAITING));
  router_.Offer("c1", "ann");
  const std::string leg = AwaitDial("user/ann");
  HangUp("caller-1", "ORIGINATOR_CANCEL");
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_CLOSED));
  router_.With([](RouterState& now) {
    EXPECT_EQ(now.contacts["c1"].outcome(), Contact::OUTCOME_ABANDONED);
  });
  EXPECT_EQ(switch_.Await("uuid_kill"), "api uuid_kill " + leg + " ORIGINATOR_CANCEL");
}

// FreeSWITCH may be told to hang up what it has not made yet.
TEST_F(FreeswitchServerTest, ATelephoneThatIsMadeTooLateIsHungUpBeforeItRings) {
  Serve();
  Arrive("caller-1");
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_WAITING));
  switch_.Refuse("uuid_kill usher.a", "-ERR No such channel!\n");
  router_.Offer("c1", "ann");
  const std::string leg = AwaitDial("user/ann");
  HangUp("caller-1", "ORIGINATOR_CANCEL");
  EXPECT_NE(switch_.Await("uuid_kill " + leg), "");
  switch_.SetChannel(leg, {{"Answer-State", "ringing"}, {"variable_usher_application", "usher"}});
  switch_.Happen("CHANNEL_CREATE", leg);
  EXPECT_NE(switch_.Await("uuid_kill " + leg), "");
}

struct Ending {
  const char* cause;
  bool rings;
  const char* reason;
};

class FreeswitchEndingTest : public FreeswitchServerTest,
                             public ::testing::WithParamInterface<Ending> {};

TEST_P(FreeswitchEndingTest, WhyATelephoneWasNotAnsweredReachesTheRouter) {
  Serve();
  Arrive("caller-1");
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_WAITING));
  router_.Offer("c1", "ann");
  const std::string leg = AwaitDial("user/ann");
  if (GetParam().rings) {
    switch_.SetChannel(leg, {{"variable_usher_application", "usher"}});
    switch_.Happen("CHANNEL_PROGRESS", leg);
    HangUp(leg, GetParam().cause);
  }
  switch_.FinishJob(leg, std::string("-ERR ") + GetParam().cause);
  EXPECT_TRUE(AwaitReject(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(Causes, FreeswitchEndingTest,
                         ::testing::Values(Ending{"NO_ANSWER", true, "no-answer"},
                                           Ending{"NO_ANSWER", false, "unreachable"},
                                           Ending{"USER_BUSY", false, "busy"},
                                           Ending{"USER_BUSY", true, "busy"},
                                           Ending{"CALL_REJECTED", true, "rejected"},
                                           Ending{"USER_NOT_REGISTERED", false, "unreachable"},
                                           Ending{"NO_ROUTE_DESTINATION", false, "unreachable"},
                                           Ending{"RECOVERY_ON_TIMER_EXPIRE", false, "unreachable"},
                                           Ending{"NORMAL_TEMPORARY_FAILURE", false, "congested"},
                                           Ending{"SWITCH_CONGESTION", false, "congested"}));

TEST_F(FreeswitchServerTest, AnAgentWhoseTelephoneIsNotThereIsNotReadyWhereTheFileSaysSo) {
  FreeswitchConfig config = Config(switch_.port());
  config.rules.unreachable_reason = "telephone";
  Serve(std::move(config));
  Arrive("caller-1");
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_WAITING));
  router_.Offer("c1", "ann");
  switch_.FinishJob(AwaitDial("user/ann"), "-ERR USER_NOT_REGISTERED");
  EXPECT_TRUE(router_.Await([](const RouterState& now) {
    const auto& commands = now.agent_commands;
    return commands.size() == 2 && commands.front().reject().reason() == "unreachable" &&
           commands.back().set_presence().agent_id() == "ann" &&
           commands.back().set_presence().presence() == agents::v1::Agent::PRESENCE_NOT_READY &&
           commands.back().set_presence().reason() == "telephone";
  }));
}

TEST_F(FreeswitchServerTest, AHeldCustomerHearsMusicAndComesBack) {
  Serve();
  const std::string leg = Talk();
  routing::v1::Event held;
  held.set_contact_id("c1");
  held.mutable_held();
  router_.Tell(held);
  EXPECT_EQ(switch_.Await("uuid_transfer"),
            "api uuid_transfer caller-1 'set:usher_place=music,playback:local_stream://moh,park:' "
            "inline");
  routing::v1::Event resumed;
  resumed.set_contact_id("c1");
  resumed.mutable_resumed();
  router_.Tell(resumed);
  EXPECT_EQ(switch_.Await("uuid_transfer")
                .find("api uuid_transfer caller-1 "
                      "'set:usher_place=usher.b.c1,conference:"),
            0U);
}

TEST_F(FreeswitchServerTest, MuteDigitsAndAThirdPartyOutside) {
  Serve();
  const std::string leg = Talk();
  CallControl control;
  control.mutable_mute()->set_muted(true);
  Order(control);
  EXPECT_EQ(switch_.Await("uuid_audio"), "api uuid_audio " + leg + " start read mute 1");
  control.mutable_mute()->set_muted(false);
  Order(control);
  EXPECT_EQ(switch_.Await("uuid_audio"), "api uuid_audio " + leg + " stop");
  control.mutable_digits()->set_digits("12#");
  Order(control);
  EXPECT_EQ(switch_.Await("uuid_send_dtmf"), "api uuid_send_dtmf caller-1 12#");
  control.mutable_dial_out()->set_number("+15559990000");
  Order(control);
  const std::string third = AwaitDial("sofia/gateway/trunk/+15559990000");
  EXPECT_EQ(third.rfind("usher.o.c1.x.", 0), 0U) << third;
  PickUp(third);
  // The customer waits while the two talk, until they are joined.
  EXPECT_NE(switch_.Await("uuid_transfer " + third + " 'set:usher_place=usher.b.c1,conference"),
            "");
  control.mutable_join();
  Order(control);
  EXPECT_NE(switch_.Await("uuid_transfer caller-1 'set:usher_place=usher.b.c1,conference"), "");
}

TEST_F(FreeswitchServerTest, ATransferThatATelephoneAsksForIsDoneByTheRouter) {
  Serve();
  const std::string leg = Talk();
  switch_.Happen("CUSTOM", leg,
                 {{"Event-Subclass", "sofia::error"},
                  {"Error-Type", "blind_transfer"},
                  {"Transfer-Exten", "ben@pbx.example"}});
  EXPECT_TRUE(router_.Await([](const RouterState& now) {
    return now.agent_commands.back().has_transfer() &&
           now.agent_commands.back().transfer().agent_id() == "ann" &&
           now.agent_commands.back().transfer().to_agent() == "ben";
  }));
}

TEST_F(FreeswitchServerTest, ATransferToANumberThatATelephoneAsksForLeadsOutside) {
  Serve();
  const std::string leg = Talk();
  switch_.Happen("CUSTOM", leg,
                 {{"Event-Subclass", "sofia::error"},
                  {"Error-Type", "blind_transfer"},
                  {"Transfer-Exten", "+4940888"}});
  const std::string outside = AwaitDial("sofia/gateway/trunk/+4940888");
  ASSERT_NE(outside, "");
  PickUp(outside);
  EXPECT_TRUE(router_.Await(
      [](const RouterState& now) { return now.agent_commands.back().has_complete(); }));
}

TEST_F(FreeswitchServerTest, ARecordingIsMaskedWhilePausedAndNotedWhenItEnds) {
  FreeswitchConfig config = Config(switch_.port());
  config.rules.queues["support"].record = true;
  Serve(std::move(config));
  Talk();
  const std::string start = switch_.Await("uuid_record");
  ASSERT_EQ(
      start.rfind("api uuid_record caller-1 start /var/lib/freeswitch/recordings/usher-c1-", 0), 0U)
      << start;
  const std::string path = start.substr(start.rfind(' ') + 1);
  CallControl control;
  control.mutable_pause_recording()->set_paused(true);
  Order(control);
  EXPECT_EQ(switch_.Await("uuid_record"), "api uuid_record caller-1 mask " + path);
  control.mutable_pause_recording()->set_paused(false);
  Order(control);
  EXPECT_EQ(switch_.Await("uuid_record"), "api uuid_record caller-1 unmask " + path);
  switch_.Happen("RECORD_STOP", "caller-1",
                 {{"Record-File-Path", path}, {"variable_record_seconds", "12"}});
  HangUp("caller-1");
  EXPECT_TRUE(router_.Await([](const RouterState& now) {
    const auto found = now.conversations.find("c1");
    return found != now.conversations.end() && !found->second.empty() &&
           found->second.front().text().find("12 s") != std::string::npos &&
           found->second.front().attachments(0).url().rfind("x-freeswitch:recordings/usher-c1-",
                                                            0) == 0;
  }));
}

TEST_F(FreeswitchServerTest, ASupervisorListensThenWhispersThenLeaves) {
  Serve();
  const std::string leg = Talk();
  CallControl control;
  control.mutable_supervise()->set_mode(routing::v1::SUPERVISION_MODE_LISTEN);
  Order(control, "sue");
  const std::string ear = AwaitDial("user/sue");
  PickUp(ear);
  EXPECT_EQ(switch_.Await("eavesdrop"),
            "api uuid_transfer " + ear +
                " 'set:usher_place=usher.l.c1.sue,set:eavesdrop_enable_dtmf=false,"
                "set:eavesdrop_whisper_bleg=false,eavesdrop:" +
                leg + ",park:' inline");
  control.mutable_supervise()->set_mode(routing::v1::SUPERVISION_MODE_WHISPER);
  Order(control, "sue");
  EXPECT_NE(switch_.Await("eavesdrop_whisper_bleg=true,eavesdrop:" + leg), "");
  control.mutable_supervise()->set_mode(routing::v1::SUPERVISION_MODE_BARGE);
  Order(control, "sue");
  EXPECT_NE(switch_.Await(ear + " 'set:usher_place=usher.b.c1,conference:"), "");
  control.mutable_supervise()->set_mode(routing::v1::SUPERVISION_MODE_UNSPECIFIED);
  Order(control, "sue");
  EXPECT_EQ(switch_.Await("uuid_kill"), "api uuid_kill " + ear + " NORMAL_CLEARING");
}

TEST_F(FreeswitchServerTest, KeysAreHeardWhileWaitingAndASoundIsPlayedToItsEnd) {
  FreeswitchConfig config = Config(switch_.port());
  config.rules.queues["support"].record = true;
  config.rules.queues["support"].record_announce = "ivr/recorded.wav";
  Serve(std::move(config));
  Arrive("caller-1");
  EXPECT_EQ(switch_.Await("uuid_transfer"),
            "api uuid_transfer caller-1 'set:usher_place=caller-1.p1,playback:ivr/recorded.wav,"
            "set:usher_played=caller-1.p1,park:' inline");
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_WAITING));
  switch_.SetChannel("caller-1",
                     {{"Answer-State", "answered"}, {"variable_usher_played", "caller-1.p1"}});
  switch_.Happen("CHANNEL_PARK", "caller-1");
  EXPECT_NE(switch_.Await("uuid_transfer caller-1 'set:usher_place=music,"), "");
}

TEST_F(FreeswitchServerTest, UnknownNumbersAndCallersOverTheLimitGoBackToTheDialplan) {
  FreeswitchConfig config = Config(switch_.port());
  config.servers.front().calls_max = 1;
  Serve(std::move(config));
  ASSERT_TRUE(switch_.AwaitLogins(1));
  switch_.Await("show channels");
  switch_.SetChannel("stranger", Caller());
  switch_.Happen("CHANNEL_PARK", "stranger", {{"variable_usher_number", "+4930000"}});
  EXPECT_EQ(switch_.Await("usher_given_back"),
            "api uuid_setvar stranger usher_given_back unknown-number");
  EXPECT_EQ(switch_.Await("uuid_transfer"),
            "api uuid_transfer stranger usher-given-back XML usher");
  Arrive("caller-1");
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_WAITING));
  Arrive("caller-2");
  EXPECT_EQ(switch_.Await("usher_given_back"),
            "api uuid_setvar caller-2 usher_given_back over-limit");
}

TEST_F(FreeswitchServerTest, ACallThatIsNotOursIsLeftAlone) {
  Serve();
  ASSERT_TRUE(switch_.AwaitLogins(1));
  switch_.Await("show channels");
  switch_.SetChannel("other", {{"Answer-State", "ringing"}});
  switch_.Happen("CHANNEL_PARK", "other", {{"variable_usher_application", "usher2"}});
  Arrive("caller-1");
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_WAITING));
  EXPECT_EQ(switch_.Count("other"), 0U);
}

TEST_F(FreeswitchServerTest, WhoLeftWhileTheConnectionWasLostIsFoundOut) {
  Serve();
  Arrive("caller-1");
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_WAITING));
  Arrive("caller-2");
  ASSERT_TRUE(AwaitContact("c2", Contact::STATE_WAITING));
  switch_.Bar(true);
  switch_.Cut();
  switch_.EndChannel("caller-1");
  switch_.SetChannel("caller-2", {{"Answer-State", "answered"}, {"variable_usher_place", "music"}});
  switch_.SetChannel("caller-3", Caller());
  switch_.Bar(false);
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_CLOSED));
  ASSERT_TRUE(AwaitContact("c3", Contact::STATE_WAITING));
  EXPECT_NE(switch_.Await("sched_del caller-3"), "") << "or the dialplan takes the caller away";
  router_.With([](RouterState& now) {
    EXPECT_EQ(now.contacts["c1"].outcome(), Contact::OUTCOME_ABANDONED);
    EXPECT_EQ(now.contacts["c2"].state(), Contact::STATE_WAITING);
    EXPECT_EQ(now.contacts["c3"].external_id(), "main/caller-3");
  });
}

TEST_F(FreeswitchServerTest, ATalkGoesOnWhenThisProcessDiesAndIsMetAgain) {
  Serve();
  const std::string leg = Talk();
  const ScriptedSwitch::Fields talking{{"Answer-State", "answered"},
                                       {"variable_usher_place", "usher.b.c1"}};
  switch_.SetChannel("caller-1", talking);
  switch_.SetChannel(leg, talking);
  switch_.SetChannel(leg, {{"variable_usher_note", "t=2@1795283281123;c=2@1795283290000"}});
  const auto told = [](const RouterState& now) {
    return std::any_of(now.calls.begin(), now.calls.end(), [](const auto& call) {
      return call.legs_size() == 2 && call.legs(1).state() == CallLeg::STATE_UP;
    });
  };
  ASSERT_TRUE(router_.Await(told));
  router_.With([](RouterState& now) {
    EXPECT_GT(now.calls.back().legs(0).since().seconds(), 1'700'000'000);
    EXPECT_GT(now.calls.back().legs(1).since().seconds(), 1'700'000'000);
  });
  process_.reset();
  router_.With([](RouterState& now) { now.calls.clear(); });
  Serve();
  ASSERT_TRUE(switch_.AwaitLogins(2));
  // The talk is known again: the state of its legs is told, and nothing was done to them.
  ASSERT_TRUE(router_.Await(told));
  router_.With([](RouterState& now) {
    EXPECT_EQ(now.calls.back().legs(0).since().seconds(), 1'795'283'290);
    EXPECT_EQ(now.calls.back().legs(1).since().seconds(), 1'795'283'281);
    EXPECT_EQ(now.calls.back().legs(1).since().nanos(), 123'000'000);
  });
  EXPECT_EQ(switch_.Count("uuid_kill"), 0U);
  EXPECT_EQ(switch_.Count("conference:usher.b.c1"), 2U);
  HangUp("caller-1");
  EXPECT_TRUE(AwaitContact("c1", Contact::STATE_CLOSED));
}

TEST_F(FreeswitchServerTest, AConnectionThatIsCutInTheMiddleOfAnEventIsComparedAnew) {
  Serve();
  Arrive("caller-1");
  ASSERT_TRUE(AwaitContact("c1", Contact::STATE_WAITING));
  switch_.Bar(true);
  switch_.Say("Content-Type: text/event-json\nContent-Length: 500\n\n{\"Event-Name\":\"CHANNEL_");
  switch_.Cut();
  switch_.EndChannel("caller-1");
  switch_.Bar(false);
  EXPECT_TRUE(AwaitContact("c1", Contact::STATE_CLOSED));
}

TEST_F(FreeswitchServerTest, AStandbyWaitsWhileAnotherServesAndTakesOverWhenItStops) {
  switch_.SetGlobal("usher_serves_usher", "freeswitch@other~7");
  Serve();
  ASSERT_TRUE(switch_.AwaitLogins(1));
  EXPECT_NE(switch_.Await("global_getvar usher_serves_usher"), "");
  EXPECT_EQ(switch_.Count("show channels"), 0U);
  switch_.SetGlobal("usher_serves_usher", "");
  EXPECT_NE(switch_.Await("global_setvar usher_serves_usher=freeswitch@one~1"), "");
  EXPECT_NE(switch_.Await("show channels"), "");
}

}  // namespace
}  // namespace usher::freeswitch
