// SPDX-License-Identifier: Apache-2.0
#include "agents/gateway/agent_gateway.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <grpcpp/channel.h>
#include <gtest/gtest.h>

#include "agents/gateway/session.h"
#include "base/io/client_stream.h"
#include "base/io/grpc_channel.h"
#include "base/io/grpc_server.h"
#include "base/io/http_server.h"
#include "tests/support/frame_socket.h"
#include "tests/support/scripted_router.h"
#include "usher/agents/v1/session_service.grpc.pb.h"

namespace usher::gateway {
namespace {

using agents::v1::SessionRequest;
using agents::v1::SessionResponse;
using context::v1::Author;
using routing::v1::Contact;
using testing::Inbox;
using testing::ScriptedRouter;
using RouterState = ScriptedRouter::State;
using Console = testing::FrameSocket<SessionRequest, SessionResponse>;

constexpr Instant kNow = InstantFromUnixMs(1'800'000'000'000);
constexpr Duration kHour{3'600'000};

GatewayConfig DefaultConfig() { return {}; }

class AgentGatewayTest : public ::testing::Test {
 protected:
  AgentGatewayTest() {
    io::PublicKeys keys;
    EXPECT_TRUE(keys.AddJwks(key_.PublicJwks()).ok());
    verifier_ = std::make_unique<io::TokenVerifier>(std::move(keys), io::TokenPolicy{});
    policy_.Allow(kSessionMethod, {io::Role::kAgent, io::Role::kSupervisor});
    gate_ = std::make_unique<io::AccessGate>(*verifier_, policy_, [] { return kNow; });
    consoles_loop_.Start("consoles");
    router_.With([](RouterState& state) {
      for (const auto& [id, name] : {std::pair("ann", "Ann"), std::pair("bob", "Bob")}) {
        state.agents[id].set_id(id);
        state.agents[id].set_name(name);
      }
      Contact& contact = state.contacts["c1"];
      contact.set_id("c1");
      contact.set_state(Contact::STATE_WAITING);
      contact.set_customer_id("u1");
      Contact& past = state.contacts["c0"];
      past.set_id("c0");
      past.set_state(Contact::STATE_CLOSED);
      past.set_customer_id("u1");
      state.sequence = 100;
    });
  }
  ~AgentGatewayTest() override {
    consoles_.clear();
    if (grpc_) grpc_->Shutdown(Duration{0});
    gateway_.reset();
    http_.reset();
    if (loop_) loop_->Stop(Duration{2'000});
    router_.Stop();
    if (other_router_) other_router_->Stop();
    consoles_loop_.Stop(Duration{2'000});
  }

  void Serve(GatewayConfig config = DefaultConfig()) {
    loop_ = std::make_unique<io::EventLoop>();
    io::HttpServerOptions options;
    options.address = *io::ParseListenAddress("127.0.0.1:0");
    http_ = std::make_unique<io::HttpServer>(*loop_, std::move(options));
    road_ = std::make_unique<io::LeaderChannel>(
        *loop_, std::vector{io::OpenChannel(
                    {.address = router_.address(), .reconnect_wait_max = Duration{200}})});
    const auto token = [] { return std::string("gateway-token"); };
    std::vector<GatewayRoute> routes = {{DomainId{"acme"}, "gateway", *road_, token}};
    if (other_router_) {
      other_road_ = std::make_unique<io::LeaderChannel>(
          *loop_, std::vector{io::OpenChannel({.address = other_router_->address()})});
      routes.push_back({DomainId{"globex"}, "gateway", *other_road_, token});
    }
    auto made = AgentGateway::Make(*loop_, *http_, routes, *gate_, metrics_, std::move(config));
    ASSERT_TRUE(made.ok());
    gateway_ = *std::move(made);
    ASSERT_TRUE(http_->Listen().ok());
    loop_->Start("gateway");
    gateway_->Start();
  }

  std::string Token(const std::string& subject, io::Role role = io::Role::kAgent,
                    const std::string& domain = "acme", Duration lifetime = kHour) {
    io::Claims claims;
    claims.subject = subject;
    claims.role = role;
    claims.domain = DomainId{domain};
    claims.expires_at = kNow + lifetime;
    return *io::MintToken(key_, {}, claims, kNow - 2 * kHour);
  }

  Console& Open(const std::string& origin = {}) {
    consoles_.push_back(std::make_unique<Console>(
        consoles_loop_, "ws://127.0.0.1:" + std::to_string(http_->port()) + "/agents/v1/session",
        origin));
    return *consoles_.back();
  }
  static SessionRequest HelloWith(const std::string& token,
                                  std::optional<std::uint64_t> after_sequence = {}) {
    SessionRequest request;
    request.mutable_hello()->set_token(token);
    if (after_sequence) request.mutable_hello()->set_after_sequence(*after_sequence);
    return request;
  }
  // A console whose desk is shown.
  Console& SignIn(const std::string& agent, io::Role role = io::Role::kAgent) {
    Console& console = Open();
    console.Send(HelloWith(Token(agent, role)));
    EXPECT_TRUE(Hear(console, [](const SessionResponse& r) { return r.has_desk(); }));
    return console;
  }
  static std::optional<SessionResponse> Hear(
      Console& console, const std::function<bool(const SessionResponse&)>& fits) {
    auto heard = console.heard.Next(fits);
    EXPECT_TRUE(heard) << "nothing of the kind was heard";
    return heard;
  }
  // The answer to a request.
  SessionResponse Ask(Console& console, SessionRequest request) {
    request.set_tag(++last_tag_);
    console.Send(request);
    const auto answer =
        Hear(console, [&](const SessionResponse& r) { return r.tag() == request.tag(); });
    return answer ? *answer : SessionResponse();
  }
  static std::string Reason(const SessionResponse& response) {
    return response.error().detail().reason();
  }
  static std::string Closing(Console& console) {
    const auto heard = Hear(console, [](const SessionResponse& r) { return r.has_closing(); });
    return heard ? heard->closing().reason() : std::string();
  }
  static SessionRequest SendMessage(const std::string& contact_id, const std::string& client_id) {
    SessionRequest request;
    request.mutable_send_message()->set_contact_id(contact_id);
    request.mutable_send_message()->set_client_id(client_id);
    request.mutable_send_message()->set_text("Good morning");
    return request;
  }

  ScriptedRouter router_;
  io::KeyPair key_ = *io::KeyPair::Make();
  std::unique_ptr<io::TokenVerifier> verifier_;
  io::AccessPolicy policy_;
  std::unique_ptr<io::AccessGate> gate_;
  io::Metrics metrics_;
  io::EventLoop consoles_loop_;
  std::unique_ptr<io::EventLoop> loop_;
  std::unique_ptr<io::HttpServer> http_;
  std::unique_ptr<io::LeaderChannel> road_;
  std::unique_ptr<ScriptedRouter> other_router_;  // of domain globex, where a test wants one
  std::unique_ptr<io::LeaderChannel> other_road_;
  std::unique_ptr<AgentGateway> gateway_;
  std::unique_ptr<io::GrpcServer> grpc_;
  std::vector<std::unique_ptr<Console>> consoles_;
  std::uint64_t last_tag_ = 0;
};

// ------------------------------------------------------------------------------------------ hello

TEST_F(AgentGatewayTest, WelcomesAnAgentAndShowsTheDesk) {
  Serve();
  Console& console = Open();
  console.Send(HelloWith(Token("ann")));
  const auto first = console.heard.Next();
  ASSERT_TRUE(first && first->has_welcome());
  EXPECT_EQ(first->welcome().subject(), "ann");
  EXPECT_EQ(first->welcome().role(), "agent");
  EXPECT_EQ(first->welcome().domain(), "acme");
  EXPECT_EQ(first->welcome().heartbeat().seconds(), 10);
  EXPECT_EQ(first->welcome().grace().seconds(), 30);
  EXPECT_EQ(first->welcome().server_time().seconds(), 1'800'000'000);
  EXPECT_EQ(first->welcome().vocabulary().dispositions(0), "sold");
  const auto second = console.heard.Next();
  ASSERT_TRUE(second && second->has_desk());
  EXPECT_EQ(second->desk().agent().name(), "Ann");
  EXPECT_EQ(second->sequence(), 100U);
  router_.With([](RouterState& state) {
    EXPECT_EQ(state.attached, (std::vector<std::string>{"ann"}));
    for (const std::string& token : state.tokens) EXPECT_EQ(token, "Bearer gateway-token");
  });
}

TEST_F(AgentGatewayTest, TheTokenSaysWhichDomainAConsoleIsFor) {
  other_router_ = std::make_unique<ScriptedRouter>();
  other_router_->With([](RouterState& state) {
    state.agents["ann"].set_id("ann");
    state.agents["ann"].set_name("Another Ann");
  });
  Serve();
  Console& acme = SignIn("ann");
  Console& globex = Open();
  globex.Send(HelloWith(Token("ann", io::Role::kAgent, "globex")));
  const auto welcome = Hear(globex, [](const SessionResponse& r) { return r.has_welcome(); });
  EXPECT_EQ(welcome->welcome().domain(), "globex");
  const auto desk = Hear(globex, [](const SessionResponse& r) { return r.has_desk(); });
  EXPECT_EQ(desk->desk().agent().name(), "Another Ann");
  // The same name in two domains is two people: neither takes the other's place.
  SessionRequest ping;
  ping.mutable_ping();
  EXPECT_TRUE(Ask(acme, ping).has_pong());
  other_router_->With(
      [](RouterState& state) { EXPECT_EQ(state.attached, (std::vector<std::string>{"ann"})); });
  globex.Abort();
  EXPECT_TRUE(other_router_->Await([](const RouterState& s) { return !s.detached.empty(); }));
  router_.With([](RouterState& state) { EXPECT_TRUE(state.detached.empty()); });
}

TEST_F(AgentGatewayTest, RefusesWhoMayNotOpenASession) {
  Serve();
  struct Case {
    std::string token;
    std::string reason;
  };
  std::string forged = Token("ann");
  char& changed = forged[forged.rfind('.') + 1];
  changed = changed == 'A' ? 'B' : 'A';
  for (const Case& bad : {Case{"", "TOKEN_MISSING"}, Case{forged, "TOKEN_SIGNATURE"},
                          Case{Token("v1", io::Role::kVisitor), "ROLE_NOT_ALLOWED"},
                          Case{Token("x", io::Role::kAdapter), "ROLE_NOT_ALLOWED"},
                          Case{Token("ann", io::Role::kAgent, "other"), "OTHER_DOMAIN"},
                          Case{Token("ann", io::Role::kAgent, "acme", -kHour), "TOKEN_EXPIRED"}}) {
    Console& console = Open();
    console.Send(HelloWith(bad.token));
    const auto refused = Hear(console, [](const SessionResponse& r) { return r.has_error(); });
    ASSERT_TRUE(refused);
    EXPECT_EQ(Reason(*refused), bad.reason);
    EXPECT_TRUE(console.closed.Next());
  }
  router_.With([](RouterState& state) { EXPECT_TRUE(state.attached.empty()); });
}

TEST_F(AgentGatewayTest, RefusesAnAgentThatTheDomainDoesNotKnow) {
  Serve();
  Console& console = Open();
  console.Send(HelloWith(Token("zoe")));
  EXPECT_EQ(Closing(console), "UNKNOWN_AGENT");
}

TEST_F(AgentGatewayTest, ShowsASupervisorWhoIsNoAgentAnEmptyDesk) {
  Serve();
  Console& console = Open();
  console.Send(HelloWith(Token("boss", io::Role::kSupervisor)));
  const auto desk = Hear(console, [](const SessionResponse& r) { return r.has_desk(); });
  ASSERT_TRUE(desk);
  EXPECT_EQ(desk->desk().agent().id(), "boss");
}

TEST_F(AgentGatewayTest, ClosesWithoutAHello) {
  GatewayConfig config = DefaultConfig();
  config.hello_timeout = Duration{20};
  Serve(config);
  EXPECT_EQ(Closing(Open()), "BAD_REQUEST");
}

TEST_F(AgentGatewayTest, ClosesOnWhatIsNoRequest) {
  Serve();
  Console& console = SignIn("ann");
  console.SendText(R"({"tag":"1","nonsense":{}})");
  EXPECT_EQ(Closing(console), "BAD_REQUEST");
}

TEST_F(AgentGatewayTest, RefusesForeignOrigins) {
  Serve();
  EXPECT_FALSE(Open("https://evil.example").open());
}

TEST_F(AgentGatewayTest, TellsConsolesToComeBackWhenTheRouterStaysAway) {
  router_.Stop();
  GatewayConfig config = DefaultConfig();
  config.hello_timeout = Duration{100};
  Serve(config);
  Console& console = Open();
  console.Send(HelloWith(Token("ann")));
  const auto closing = Hear(console, [](const SessionResponse& r) { return r.has_closing(); });
  ASSERT_TRUE(closing);
  EXPECT_GT(closing->closing().retry_after().seconds(), 0);
}

TEST_F(AgentGatewayTest, ClosesWhenTheTokenExpires) {
  Serve();
  Console& console = Open();
  console.Send(HelloWith(Token("ann", io::Role::kAgent, "acme", Duration{1'000})));
  EXPECT_EQ(Closing(console), "TOKEN_EXPIRED");
}

TEST_F(AgentGatewayTest, LosesASessionThatIsSilentForThreeHeartbeats) {
  GatewayConfig config = DefaultConfig();
  config.heartbeat = Duration{20};
  Serve(config);
  Console& console = SignIn("ann");
  EXPECT_TRUE(console.closed.Next());
  EXPECT_TRUE(router_.Await([](const RouterState& state) { return state.detached.size() == 1; }));
}

TEST_F(AgentGatewayTest, AnswersPingsWithItsClock) {
  Serve();
  Console& console = SignIn("ann");
  SessionRequest ping;
  ping.mutable_ping();
  EXPECT_EQ(Ask(console, ping).pong().server_time().seconds(), 1'800'000'000);
}

// --------------------------------------------------------------------------------------- sessions

TEST_F(AgentGatewayTest, DetachesTheAgentWhenTheConsoleIsLost) {
  Serve();
  Console& console = SignIn("ann");
  console.Abort();
  EXPECT_TRUE(router_.Await(
      [](const RouterState& state) { return state.detached == std::vector<std::string>{"ann"}; }));
}

TEST_F(AgentGatewayTest, LetsASecondConsoleTakeOver) {
  Serve();
  Console& first = SignIn("ann");
  Console& second = SignIn("ann");
  EXPECT_EQ(Closing(first), "TAKEN_OVER");
  router_.Offer("c1", "ann");
  EXPECT_TRUE(Hear(second, [](const SessionResponse& r) { return r.event().has_offered(); }));
  router_.With([](RouterState& state) { EXPECT_TRUE(state.detached.empty()); });
}

TEST_F(AgentGatewayTest, ResumesWithTheEventsThatWereMissed) {
  Serve();
  Console& first = SignIn("ann");
  router_.Offer("c1", "ann");   // commit 101
  router_.Assign("c1", "ann");  // commit 102
  ASSERT_TRUE(Hear(first, [](const SessionResponse& r) { return r.event().has_assigned(); }));
  Console& second = Open();
  second.Send(HelloWith(Token("ann"), 101));
  const auto welcome = Hear(second, [](const SessionResponse& r) { return r.has_welcome(); });
  ASSERT_TRUE(welcome);
  EXPECT_TRUE(welcome->welcome().resumed());
  const auto event = Hear(second, [](const SessionResponse& r) { return r.has_event(); });
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->event().has_assigned());
  EXPECT_EQ(event->sequence(), 102U);
  for (const SessionResponse& response : second.heard.all()) EXPECT_FALSE(response.has_desk());
}

TEST_F(AgentGatewayTest, TellsEachAgentItsOwnEventsOnly) {
  Serve();
  Console& ann = SignIn("ann");
  Console& bob = SignIn("bob");
  router_.Offer("c1", "ann");
  ASSERT_TRUE(Hear(ann, [](const SessionResponse& r) { return r.event().has_offered(); }));
  routing::v1::Event presence;
  presence.set_agent_id("bob");
  presence.mutable_presence_changed()->set_presence("available");
  router_.Tell(presence);
  ASSERT_TRUE(Hear(bob, [](const SessionResponse& r) { return r.event().has_presence_changed(); }));
  for (const SessionResponse& response : bob.heard.all()) {
    EXPECT_FALSE(response.event().has_offered());
  }
}

TEST_F(AgentGatewayTest, ShowsAFreshDeskWhenTheRouterComesBack) {
  Serve();
  Console& console = SignIn("ann");
  router_.Stop();
  router_.Assign("c1", "ann");
  router_.Restart();
  const auto desk = Hear(console, [](const SessionResponse& r) { return r.has_desk(); });
  ASSERT_TRUE(desk);
  ASSERT_EQ(desk->desk().contacts_size(), 1);
  EXPECT_EQ(desk->desk().contacts(0).id(), "c1");
}

TEST_F(AgentGatewayTest, ShowsAFreshDeskWhenTheAgentGoesOffline) {
  Serve();
  Console& console = SignIn("ann");
  router_.Assign("c1", "ann");
  ASSERT_TRUE(Hear(console, [](const SessionResponse& r) { return r.event().has_assigned(); }));
  router_.With([](RouterState& state) {
    state.contacts["c1"].set_state(Contact::STATE_WAITING);
    state.contacts["c1"].clear_agent();
  });
  routing::v1::Event offline;
  offline.set_agent_id("ann");
  offline.mutable_presence_changed()->set_presence("offline");
  router_.Tell(offline);
  const auto desk = Hear(console, [](const SessionResponse& r) { return r.has_desk(); });
  ASSERT_TRUE(desk);
  EXPECT_EQ(desk->desk().contacts_size(), 0);
  EXPECT_EQ(Reason(Ask(console, SendMessage("c1", "m1"))), "NOT_YOURS");
}

TEST_F(AgentGatewayTest, SendsRequestsThatTheRouterMissedAgain) {
  Serve();
  Console& console = SignIn("ann");
  router_.Stop();
  SessionRequest request;
  request.set_tag(77);
  request.mutable_sign_in();
  console.Send(request);
  router_.Restart();
  EXPECT_TRUE(
      Hear(console, [](const SessionResponse& r) { return r.tag() == 77 && r.has_done(); }));
}

TEST_F(AgentGatewayTest, TellsConsolesToComeBackWhenItStops) {
  Serve();
  Console& console = SignIn("ann");
  gateway_->Stop();
  const auto closing = Hear(console, [](const SessionResponse& r) { return r.has_closing(); });
  ASSERT_TRUE(closing);
  EXPECT_EQ(closing->closing().reason(), "SHUTTING_DOWN");
  EXPECT_EQ(closing->closing().retry_after().seconds(), 2);
}

// --------------------------------------------------------------------------------------- requests

TEST_F(AgentGatewayTest, PutsTheTokensSubjectIntoEveryCommand) {
  Serve();
  Console& console = SignIn("ann");
  SessionRequest request;
  request.mutable_sign_in();
  EXPECT_TRUE(Ask(console, request).has_done());
  router_.With([](RouterState& state) {
    ASSERT_EQ(state.agent_commands.size(), 1U);
    EXPECT_EQ(state.agent_commands[0].sign_in().agent_id(), "ann");
    EXPECT_FALSE(state.agent_commands[0].sign_in().request_id().empty());
  });
}

TEST_F(AgentGatewayTest, RefusesToActForAnotherAgent) {
  Serve();
  Console& console = SignIn("ann");
  SessionRequest accept;
  accept.mutable_accept()->set_agent_id("bob");
  accept.mutable_accept()->set_contact_id("c1");
  EXPECT_EQ(Reason(Ask(console, accept)), "NOT_YOURSELF");
  SessionRequest presence;
  presence.mutable_set_presence()->set_agent_id("bob");
  EXPECT_EQ(Reason(Ask(console, presence)), "NOT_YOURSELF");
  router_.With([](RouterState& state) { EXPECT_TRUE(state.agent_commands.empty()); });
}

TEST_F(AgentGatewayTest, LetsASupervisorSetAnothersPresenceAndNothingElse) {
  Serve();
  Console& console = SignIn("ann", io::Role::kSupervisor);
  SessionRequest presence;
  presence.mutable_set_presence()->set_agent_id("bob");
  presence.mutable_set_presence()->set_presence(agents::v1::Agent::PRESENCE_NOT_READY);
  EXPECT_TRUE(Ask(console, presence).has_done());
  SessionRequest accept;
  accept.mutable_accept()->set_agent_id("bob");
  EXPECT_EQ(Reason(Ask(console, accept)), "NOT_YOURSELF");
  router_.With([](RouterState& state) {
    ASSERT_EQ(state.agent_commands.size(), 1U);
    EXPECT_EQ(state.agent_commands[0].set_presence().agent_id(), "bob");
  });
}

TEST_F(AgentGatewayTest, TellsTheRoutersRefusal) {
  Serve();
  Console& console = SignIn("ann");
  SessionRequest reject;
  reject.mutable_reject()->set_contact_id("c1");
  const SessionResponse answer = Ask(console, reject);
  EXPECT_EQ(Reason(answer), "NOT_OFFERED");
  EXPECT_EQ(answer.error().code(), 9U);
}

TEST_F(AgentGatewayTest, ListsContactsForSupervisorsOnly) {
  Serve();
  SessionRequest list;
  list.mutable_list_contacts();
  EXPECT_EQ(Reason(Ask(SignIn("ann"), list)), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(Ask(SignIn("bob", io::Role::kSupervisor), list).contacts().contacts_size(), 2);
}

TEST_F(AgentGatewayTest, ListsQueuesAndAgentsForAll) {
  Serve();
  Console& console = SignIn("ann");
  SessionRequest queues;
  queues.mutable_list_queues();
  EXPECT_EQ(Ask(console, queues).queues().queues(0).id(), "support");
  SessionRequest agents;
  agents.mutable_list_agents();
  EXPECT_EQ(Ask(console, agents).agents().agents_size(), 2);
}

TEST_F(AgentGatewayTest, RefusesRequestsAboveTheRate) {
  GatewayConfig config = DefaultConfig();
  config.limits.requests_max = 2;
  config.limits.window = Duration{60'000};
  Serve(config);
  Console& console = SignIn("ann");
  SessionRequest queues;
  queues.mutable_list_queues();
  Ask(console, queues);
  Ask(console, queues);
  EXPECT_EQ(Reason(Ask(console, queues)), "TOO_FAST");
}

// ----------------------------------------------------------------------------------- conversations

TEST_F(AgentGatewayTest, ShowsTheConversationOfAContactFromItsFirstMessage) {
  Serve();
  Console& console = SignIn("ann");
  router_.Say("c1", Author::SIDE_CUSTOMER, "Hello?");
  router_.Assign("c1", "ann");
  const auto first =
      Hear(console, [](const SessionResponse& r) { return r.conversation().has_message(); });
  ASSERT_TRUE(first);
  EXPECT_EQ(first->conversation().contact_id(), "c1");
  EXPECT_EQ(first->conversation().message().text(), "Hello?");
  router_.Say("c1", Author::SIDE_CUSTOMER, "Anybody?");
  const auto second =
      Hear(console, [](const SessionResponse& r) { return r.conversation().has_message(); });
  ASSERT_TRUE(second);
  EXPECT_EQ(second->conversation().message().id(), 2U);
  // The customer's page learns that it has arrived.
  EXPECT_TRUE(router_.Await([](const RouterState& state) {
    const auto marks = state.marks.find("c1");
    return marks != state.marks.end() && marks->second.back().delivered_up_to() == 2;
  }));
}

TEST_F(AgentGatewayTest, ShowsASecondConsoleTheWholeConversationAgain) {
  Serve();
  Console& first = SignIn("ann");
  router_.Assign("c1", "ann");
  router_.Say("c1", Author::SIDE_CUSTOMER, "one");
  router_.Say("c1", Author::SIDE_CUSTOMER, "two");
  ASSERT_TRUE(
      Hear(first, [](const SessionResponse& r) { return r.conversation().message().id() == 2; }));
  Console& second = SignIn("ann");
  const auto one =
      Hear(second, [](const SessionResponse& r) { return r.conversation().has_message(); });
  const auto two =
      Hear(second, [](const SessionResponse& r) { return r.conversation().has_message(); });
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->conversation().message().id(), 1U);
  EXPECT_EQ(two->conversation().message().id(), 2U);
}

TEST_F(AgentGatewayTest, SaysWhatTheAgentSaysUnderTheAgentsName) {
  Serve();
  Console& console = SignIn("ann");
  router_.Assign("c1", "ann");
  ASSERT_TRUE(Hear(console, [](const SessionResponse& r) { return r.event().has_assigned(); }));
  const SessionResponse sent = Ask(console, SendMessage("c1", "m1"));
  EXPECT_EQ(sent.sent().id(), 1U);
  EXPECT_EQ(Ask(console, SendMessage("c1", "m1")).sent().id(), 1U);  // once, however often
  router_.With([](RouterState& state) {
    ASSERT_EQ(state.conversations["c1"].size(), 1U);
    const Author& author = state.conversations["c1"][0].author();
    EXPECT_EQ(author.side(), Author::SIDE_AGENT);
    EXPECT_EQ(author.id(), "ann");
    EXPECT_EQ(author.name(), "Ann");
  });
}

TEST_F(AgentGatewayTest, PassesOnWhatAMessageHasAsAMail) {
  Serve();
  Console& ann = SignIn("ann");
  router_.Assign("c1", "ann");
  ASSERT_TRUE(Hear(ann, [](const SessionResponse& r) { return r.event().has_assigned(); }));
  SessionRequest forward = SendMessage("c1", "m1");
  forward.mutable_send_message()->clear_text();
  EXPECT_EQ(Reason(Ask(ann, forward)), "BAD_MESSAGE");
  forward.mutable_send_message()->mutable_mail()->set_kind(context::v1::MailHead::KIND_FORWARD);
  forward.mutable_send_message()->mutable_mail()->add_bcc()->set_address("boss@shop.example");
  const SessionResponse sent = Ask(ann, forward);
  EXPECT_EQ(sent.sent().mail().bcc(0).address(), "boss@shop.example");

  SessionRequest file = SendMessage("c1", "m2");
  file.mutable_send_message()->clear_text();
  file.mutable_send_message()->add_attachments()->set_name("terms.pdf");
  EXPECT_EQ(Ask(ann, file).sent().attachments(0).name(), "terms.pdf");
}

TEST_F(AgentGatewayTest, TakesLongTextsAsMailsOnly) {
  Serve();
  Console& ann = SignIn("ann");
  router_.Assign("c1", "ann");
  ASSERT_TRUE(Hear(ann, [](const SessionResponse& r) { return r.event().has_assigned(); }));
  SessionRequest message = SendMessage("c1", "m1");
  message.mutable_send_message()->set_text(std::string(8'193, 'a'));
  const SessionResponse refused = Ask(ann, message);
  EXPECT_EQ(Reason(refused), "BAD_MESSAGE");
  EXPECT_NE(refused.error().message().find("8 KiB"), std::string::npos);
  message.mutable_send_message()->mutable_mail()->set_subject("Terms");
  message.mutable_send_message()->set_text(std::string(65'536, 'a'));
  EXPECT_EQ(Ask(ann, message).sent().text().size(), 65'536U);
  message.mutable_send_message()->mutable_text()->push_back('a');
  message.mutable_send_message()->set_client_id("m2");
  const SessionResponse longer = Ask(ann, message);
  EXPECT_EQ(Reason(longer), "BAD_MESSAGE");
  EXPECT_NE(longer.error().message().find("64 KiB"), std::string::npos);
}

TEST_F(AgentGatewayTest, LetsNobodyTalkInAContactThatIsNotTheirs) {
  Serve();
  Console& console = SignIn("ann");
  router_.Assign("c1", "bob");
  EXPECT_EQ(Reason(Ask(console, SendMessage("c1", "m1"))), "NOT_YOURS");
  SessionRequest typing;
  typing.mutable_send_typing()->set_contact_id("c1");
  EXPECT_EQ(Reason(Ask(console, typing)), "NOT_YOURS");
  SessionRequest read;
  read.mutable_mark_read()->set_contact_id("c1");
  EXPECT_EQ(Reason(Ask(console, read)), "NOT_YOURS");
  router_.With([](RouterState& state) { EXPECT_TRUE(state.conversations["c1"].empty()); });
}

TEST_F(AgentGatewayTest, LetsNobodyTalkAfterTheContactIsClosed) {
  Serve();
  Console& console = SignIn("ann");
  router_.Assign("c1", "ann");
  router_.Close("c1", Contact::OUTCOME_COMPLETED);
  ASSERT_TRUE(Hear(console, [](const SessionResponse& r) { return r.event().has_closed(); }));
  EXPECT_EQ(Reason(Ask(console, SendMessage("c1", "m1"))), "NOT_YOURS");
}

TEST_F(AgentGatewayTest, DecidesRightsAfterTheDeskIsKnown) {
  router_.With([](RouterState& state) {
    state.contacts["c1"].set_state(Contact::STATE_ASSIGNED);
    state.contacts["c1"].set_agent("ann");
  });
  Serve();
  Console& console = Open();
  console.Send(HelloWith(Token("ann")));
  EXPECT_EQ(Ask(console, SendMessage("c1", "m1")).sent().id(), 1U);  // asked before the desk came
}

TEST_F(AgentGatewayTest, TellsTheCustomersSideWhatIsReadAndTyped) {
  Serve();
  Console& console = SignIn("ann");
  router_.Assign("c1", "ann");
  ASSERT_TRUE(Hear(console, [](const SessionResponse& r) { return r.event().has_assigned(); }));
  SessionRequest read;
  read.mutable_mark_read()->set_contact_id("c1");
  read.mutable_mark_read()->set_read_up_to(3);
  EXPECT_TRUE(Ask(console, read).has_done());
  SessionRequest typing;
  typing.mutable_send_typing()->set_contact_id("c1");
  typing.mutable_send_typing()->set_active(true);
  EXPECT_TRUE(Ask(console, typing).has_done());
  EXPECT_TRUE(router_.Await([](const RouterState& state) {
    return state.typing.size() == 1 && state.marks.contains("c1");
  }));
  router_.With([](RouterState& state) {
    EXPECT_EQ(state.marks["c1"][0].side(), Author::SIDE_AGENT);
    EXPECT_EQ(state.marks["c1"][0].read_up_to(), 3U);
    EXPECT_EQ(state.typing[0].typing().author().name(), "Ann");
  });
}

// --------------------------------------------------------------------------------------- customers

TEST_F(AgentGatewayTest, ShowsTheCustomerAndItsPastBeforeTheAccept) {
  router_.With([](RouterState& state) {
    context::v1::Message& message = state.conversations["c0"].emplace_back();
    message.set_id(1);
    message.set_text("last week");
  });
  Serve();
  Console& console = SignIn("ann");
  SessionRequest customer;
  customer.mutable_get_customer()->set_customer_id("u1");
  SessionRequest messages;
  messages.mutable_list_messages()->set_contact_id("c0");
  router_.Offer("c1", "ann");
  ASSERT_TRUE(Hear(console, [](const SessionResponse& r) { return r.event().has_offered(); }));
  EXPECT_TRUE(Ask(console, customer).has_customer());
  SessionRequest timeline;
  timeline.mutable_list_timeline()->set_customer_id("u1");
  EXPECT_EQ(Ask(console, timeline).timeline().entries_size(), 2);
  EXPECT_EQ(Ask(console, messages).messages().messages(0).text(), "last week");
}

// Who may see a customer is decided by the router, which must know who looks.
TEST_F(AgentGatewayTest, AsksForCustomersAsThePersonAndForQueuesAsItself) {
  Serve();
  SessionRequest customer;
  customer.mutable_get_customer()->set_customer_id("u1");
  SessionRequest messages;
  messages.mutable_list_messages()->set_contact_id("c0");
  SessionRequest open;
  open.mutable_open_case()->set_customer_id("u1");
  SessionRequest watch;
  watch.mutable_watch_timeline()->set_customer_id("u1");
  Console& agent = SignIn("ann");
  for (const SessionRequest& request : {customer, messages, open, watch}) {
    router_.With([](RouterState& state) { state.acting.clear(); });
    EXPECT_FALSE(Ask(agent, request).has_error());
    router_.With([](RouterState& state) {
      EXPECT_EQ(state.acting, (std::vector<std::string>{"ann agent"}));
    });
  }
  Console& supervisor = SignIn("bob", io::Role::kSupervisor);
  router_.With([](RouterState& state) { state.acting.clear(); });
  Ask(supervisor, customer);
  SessionRequest queues;
  queues.mutable_list_queues();
  Ask(supervisor, queues);
  router_.With([](RouterState& state) {
    EXPECT_EQ(state.acting, (std::vector<std::string>{"bob supervisor", ""}));
  });
}

// ------------------------------------------------------------------------------------------ calls

TEST_F(AgentGatewayTest, TellsWhatAConsultAndAPlacedCallHaveBroughtAbout) {
  Serve();
  Console& console = SignIn("ann");
  SessionRequest consult;
  consult.mutable_consult()->set_contact_id("c1");
  consult.mutable_consult()->set_to_agent("bob");
  EXPECT_EQ(Ask(console, consult).contact().id(), "c8");
  router_.With([](RouterState& state) { state.acting.clear(); });
  SessionRequest place;
  place.mutable_place_call()->mutable_call()->set_number("100");
  EXPECT_EQ(Ask(console, place).contact().id(), "c9");
  router_.With([](RouterState& state) {
    ASSERT_EQ(state.placed.size(), 1U);
    EXPECT_EQ(state.placed[0].agent_id(), "ann");
    EXPECT_FALSE(state.placed[0].request_id().empty());
    EXPECT_EQ(state.acting, (std::vector<std::string>{"ann agent"}));
  });
  place.mutable_place_call()->set_agent_id("bob");
  EXPECT_EQ(Reason(Ask(console, place)), "NOT_YOURSELF");
}

TEST_F(AgentGatewayTest, ControlsCallsOnItsStreamAndSupervisesAsThePerson) {
  Serve();
  SessionRequest mute;
  mute.mutable_control_call()->set_contact_id("c1");
  mute.mutable_control_call()->mutable_control()->mutable_mute()->set_muted(true);
  SessionRequest listen;
  listen.mutable_control_call()->set_contact_id("c1");
  listen.mutable_control_call()->mutable_control()->mutable_supervise()->set_mode(
      routing::v1::SUPERVISION_MODE_LISTEN);
  Console& boss = SignIn("boss", io::Role::kSupervisor);
  router_.With([](RouterState& state) { state.acting.clear(); });
  EXPECT_TRUE(Ask(boss, mute).has_done());
  router_.With([](RouterState& state) {
    ASSERT_EQ(state.agent_commands.size(), 1U);
    EXPECT_EQ(state.agent_commands[0].control_call().agent_id(), "boss");
    EXPECT_TRUE(state.controls.empty());
    EXPECT_TRUE(state.acting.empty());
  });
  EXPECT_TRUE(Ask(boss, listen).has_done());
  router_.With([](RouterState& state) {
    EXPECT_EQ(state.controls.size(), 1U);
    EXPECT_EQ(state.acting, (std::vector<std::string>{"boss supervisor"}));
  });
  listen.mutable_control_call()->set_agent_id("ann");
  EXPECT_EQ(Reason(Ask(boss, listen)), "NOT_YOURSELF");
}

TEST_F(AgentGatewayTest, DoesNotOrderTwiceWhatTheRouterMayHaveDone) {
  Serve();
  Console& console = SignIn("ann");
  router_.Stop();
  SessionRequest digits;
  digits.mutable_control_call()->set_contact_id("c1");
  digits.mutable_control_call()->mutable_control()->mutable_digits()->set_digits("1");
  EXPECT_EQ(Reason(Ask(console, digits)), "ROUTER_UNREACHABLE");
}

routing::v1::Event CallHint(const std::string& person, int legs) {
  routing::v1::Event hint;
  hint.set_agent_id(person);
  hint.set_contact_id("c1");
  hint.mutable_call()->set_contact_id("c1");
  for (int i = 0; i < legs; ++i) hint.mutable_call()->add_legs();
  return hint;
}

TEST_F(AgentGatewayTest, TellsHowACallStandsToTheOneItIsToldFor) {
  Serve();
  Console& ann = SignIn("ann");
  Console& boss = SignIn("boss", io::Role::kSupervisor);
  router_.Assign("c1", "ann");
  ASSERT_TRUE(Hear(ann, [](const SessionResponse& r) { return r.event().has_assigned(); }));
  router_.Hint(CallHint("boss", 0));
  router_.Hint(CallHint("ann", 2));
  const auto told = Hear(ann, [](const SessionResponse& r) { return r.event().has_call(); });
  EXPECT_EQ(told->event().call().legs_size(), 2);
  EXPECT_EQ(told->sequence(), 0U);
  const auto gone = Hear(boss, [](const SessionResponse& r) { return r.event().has_call(); });
  EXPECT_EQ(gone->event().call().legs_size(), 0);
}

TEST_F(AgentGatewayTest, AResumedConsoleSeesHowItsCallsStand) {
  Serve();
  Console& first = SignIn("ann");
  router_.Assign("c1", "ann");  // commit 101
  router_.Hint(CallHint("ann", 2));
  ASSERT_TRUE(Hear(first, [](const SessionResponse& r) { return r.event().has_call(); }));
  Console& second = Open();
  second.Send(HelloWith(Token("ann"), 101));
  const auto call = Hear(second, [](const SessionResponse& r) { return r.event().has_call(); });
  EXPECT_EQ(call->event().call().legs_size(), 2);
  for (const SessionResponse& response : second.heard.all()) EXPECT_FALSE(response.has_desk());
}

TEST_F(AgentGatewayTest, WritesNotesUnderTheAgentsName) {
  Serve();
  Console& console = SignIn("ann");
  router_.Offer("c1", "ann");
  ASSERT_TRUE(Hear(console, [](const SessionResponse& r) { return r.event().has_offered(); }));
  SessionRequest note;
  note.mutable_add_note()->set_customer_id("u1");
  note.mutable_add_note()->set_text("likes tea");
  note.mutable_add_note()->set_author("somebody else");
  EXPECT_EQ(Ask(console, note).note().note().author(), "ann");
}

// ------------------------------------------------------------------------------------------- gRPC

TEST_F(AgentGatewayTest, WritesNotesForColleaguesIntoTheConversation) {
  Serve();
  Console& console = SignIn("ann");
  SessionRequest note = SendMessage("c1", "m1");
  note.mutable_send_message()->set_internal(true);
  EXPECT_EQ(Reason(Ask(console, note)), "NOT_YOURS");
  router_.Assign("c1", "ann");
  ASSERT_TRUE(Hear(console, [](const SessionResponse& r) { return r.event().has_assigned(); }));
  EXPECT_TRUE(Ask(console, note).sent().internal());
  EXPECT_FALSE(Ask(console, SendMessage("c1", "m2")).sent().internal());
}

TEST_F(AgentGatewayTest, FindsCustomers) {
  router_.With([](RouterState& state) {
    state.customers["u1"].set_name("Mei Tanaka");
    state.customers["u2"].set_name("Jonas Weber");
  });
  Serve();
  SessionRequest search;
  search.mutable_search_customers()->set_query("Mei");
  const SessionResponse answer = Ask(SignIn("ann"), search);
  ASSERT_EQ(answer.search().hits_size(), 1);
  EXPECT_EQ(answer.search().hits(0).customer().name(), "Mei Tanaka");
}

TEST_F(AgentGatewayTest, OpensACaseOnceHoweverOftenItIsTried) {
  Serve();
  Console& console = SignIn("ann");
  router_.Offer("c1", "ann");
  ASSERT_TRUE(Hear(console, [](const SessionResponse& r) { return r.event().has_offered(); }));
  SessionRequest open;
  open.mutable_open_case()->set_customer_id("u1");
  open.mutable_open_case()->set_subject("slow line");
  EXPECT_EQ(Ask(console, open).case_().subject(), "slow line");
  open.mutable_open_case()->set_request_id("r1");
  EXPECT_EQ(Ask(console, open).case_().id(), "k1");
  router_.With([](RouterState& state) {
    ASSERT_EQ(state.opened_cases.size(), 2U);
    EXPECT_FALSE(state.opened_cases[0].request_id().empty());
    EXPECT_EQ(state.opened_cases[1].request_id(), "r1");
  });
}

TEST_F(AgentGatewayTest, LeavesMergesRevertsAndReadersToSupervisors) {
  Serve();
  Console& agent = SignIn("ann");
  Console& supervisor = SignIn("bob", io::Role::kSupervisor);
  SessionRequest merge;
  merge.mutable_merge_customers()->set_customer_id("u1");
  merge.mutable_merge_customers()->set_other_customer_id("u2");
  SessionRequest undo;
  undo.mutable_undo_merge();
  SessionRequest revert;
  revert.mutable_revert_change();
  SessionRequest reads;
  reads.mutable_list_reads();
  for (const SessionRequest& request : {merge, undo, revert, reads}) {
    EXPECT_EQ(Reason(Ask(agent, request)), "ROLE_NOT_ALLOWED");
  }
  EXPECT_EQ(Ask(supervisor, merge).customer().id(), "u1");
  router_.With([](RouterState& state) { EXPECT_EQ(state.merged.size(), 1U); });
}

// The contract's requests one by one, so that none is added to it and forgotten here.
TEST_F(AgentGatewayTest, KnowsEveryRequestOfTheContract) {
  Serve();
  Console& console = SignIn("bob", io::Role::kSupervisor);
  const auto* requests = SessionRequest::descriptor()->FindOneofByName("request");
  for (int i = 0; i < requests->field_count(); ++i) {
    const auto* field = requests->field(i);
    if (field->name() == "hello" || field->name() == "sign_out") continue;
    SessionRequest request;
    request.GetReflection()->MutableMessage(&request, field);
    EXPECT_NE(Reason(Ask(console, request)), "UNKNOWN_REQUEST") << field->name();
  }
}

TEST_F(AgentGatewayTest, FollowsOneCustomersTimeline) {
  Serve();
  Console& console = SignIn("bob", io::Role::kSupervisor);
  SessionRequest watch;
  watch.mutable_watch_timeline()->set_customer_id("u1");
  watch.mutable_watch_timeline()->set_after_entry("t1");
  EXPECT_TRUE(Ask(console, watch).has_done());
  router_.Happen("u1", "t2");
  const auto news = [](const std::string& entry) {
    return [entry](const SessionResponse& r) {
      const auto& entries = r.timeline_news().news().entries();
      return !entries.empty() && entries.rbegin()->id() == entry;
    };
  };
  const auto first = Hear(console, news("t2"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->timeline_news().customer_id(), "u1");
  EXPECT_EQ(first->tag(), 0U);

  // Another takes its place.
  watch.mutable_watch_timeline()->set_customer_id("u2");
  watch.mutable_watch_timeline()->clear_after_entry();
  EXPECT_TRUE(Ask(console, watch).has_done());
  router_.Happen("u1", "t3");
  router_.Happen("u2", "t9");
  const auto second = Hear(console, [](const SessionResponse& r) {
    return r.timeline_news().news().entries_size() > 0;
  });
  ASSERT_TRUE(second);
  EXPECT_EQ(second->timeline_news().customer_id(), "u2");
}

TEST_F(AgentGatewayTest, GoesOnWithATimelineWhereItWasWhenTheRouterComesBack) {
  Serve();
  Console& console = SignIn("bob", io::Role::kSupervisor);
  SessionRequest watch;
  watch.mutable_watch_timeline()->set_customer_id("u1");
  EXPECT_TRUE(Ask(console, watch).has_done());
  router_.Happen("u1", "t1");
  const auto with_entries = [](const SessionResponse& r) {
    return r.timeline_news().news().entries_size() > 0;
  };
  ASSERT_TRUE(Hear(console, with_entries));
  router_.Stop();
  router_.With([](RouterState& state) { state.timelines["u1"].emplace_back().set_id("t2"); });
  router_.Restart();
  const auto missed = Hear(console, with_entries);
  ASSERT_TRUE(missed);
  ASSERT_EQ(missed->timeline_news().news().entries_size(), 1);
  EXPECT_EQ(missed->timeline_news().news().entries(0).id(), "t2");
  router_.With([](RouterState& state) { EXPECT_EQ(state.watched.back().after_entry(), "t1"); });
}

TEST_F(AgentGatewayTest, SaysWhyATimelineCannotBeFollowed) {
  Serve();
  SessionRequest watch;
  watch.mutable_watch_timeline()->set_customer_id("nobody");
  EXPECT_EQ(Reason(Ask(SignIn("bob", io::Role::kSupervisor), watch)), "UNKNOWN_CUSTOMER");
}

TEST_F(AgentGatewayTest, TellsThatAnOlderRouterDoesNotKnowARequest) {
  Serve();
  Console& console = SignIn("bob", io::Role::kSupervisor);
  SessionRequest changes;
  changes.mutable_list_changes()->set_customer_id("u1");
  EXPECT_EQ(Reason(Ask(console, changes)), "RPC_UNIMPLEMENTED");
}

TEST_F(AgentGatewayTest, ClosesOnAConsoleThatFloodsIt) {
  GatewayConfig config = DefaultConfig();
  config.limits.frames_max = 20;
  config.limits.window = Duration{60'000};
  Serve(std::move(config));
  Console& flooding = SignIn("ann");
  SessionRequest ping;
  ping.mutable_ping();
  for (int i = 0; i < 20; ++i) flooding.Send(ping);
  EXPECT_EQ(Closing(flooding), "TOO_FAST");
  Console& other = SignIn("bob");
  ping.set_tag(7);
  other.Send(ping);
  EXPECT_TRUE(Hear(other, [](const SessionResponse& r) { return r.tag() == 7 && r.has_pong(); }));
}

// A console that speaks gRPC.
class StreamConsole {
 public:
  using Stream = io::ClientStream<SessionRequest, SessionResponse>;

  StreamConsole(io::EventLoop& loop, const std::string& address, const std::string& token)
      : loop_(loop),
        stub_(agents::v1::SessionService::NewStub(io::OpenChannel({.address = address}))) {
    loop_.Call([&] {
      stream_ = Stream::Open(
          loop_, io::WithToken(token), std::make_unique<Handler>(*this),
          [&](auto* context, auto* reactor) { stub_->async()->Session(context, reactor); });
    });
  }
  ~StreamConsole() {
    loop_.Call([&] {
      if (stream_) stream_->Abandon();
    });
  }
  void Send(const SessionRequest& request) {
    loop_.Call([&] {
      out_.push_back(request);
      if (stream_) stream_->Wake();
    });
  }

  // From the next message on it reads nothing.
  void StopReading() {
    loop_.Call([&] { reading_ = false; });
  }

  Inbox<SessionResponse> heard;
  Inbox<Result<void>> ended;

 private:
  struct Handler final : io::ClientStreamHandler<SessionRequest, SessionResponse> {
    explicit Handler(StreamConsole& console) : console_(console) {}
    bool Fill(SessionRequest& message) override {
      if (console_.out_.empty()) return false;
      message = console_.out_.front();
      console_.out_.erase(console_.out_.begin());
      return true;
    }
    bool OnMessage(SessionResponse&& message) override {
      console_.heard.Push(std::move(message));
      return console_.reading_;
    }
    void OnDone(const Result<void>& result) override {
      console_.stream_ = nullptr;
      console_.ended.Push(result);
    }
    StreamConsole& console_;
  };
  io::EventLoop& loop_;
  std::unique_ptr<agents::v1::SessionService::Stub> stub_;
  Stream* stream_ = nullptr;
  std::vector<SessionRequest> out_;
  bool reading_ = true;
};

class GrpcSessionTest : public AgentGatewayTest {
 protected:
  void ServeGrpc(GatewayConfig config = DefaultConfig()) {
    Serve(std::move(config));
    auto started = io::GrpcServer::Start({}, {&gateway_->session_service()});
    ASSERT_TRUE(started.ok());
    grpc_ = *std::move(started);
  }
  std::unique_ptr<StreamConsole> Connect(const std::string& token) {
    return std::make_unique<StreamConsole>(consoles_loop_,
                                           "127.0.0.1:" + std::to_string(grpc_->port()), token);
  }
};

TEST_F(GrpcSessionTest, SpeaksTheSameMessagesAsTheWebSocket) {
  ServeGrpc();
  auto console = Connect(Token("ann"));
  console->Send(HelloWith(""));
  EXPECT_TRUE(console->heard.Next([](const SessionResponse& r) { return r.has_welcome(); }));
  EXPECT_TRUE(console->heard.Next([](const SessionResponse& r) { return r.has_desk(); }));
  SessionRequest request;
  request.set_tag(5);
  request.mutable_sign_in();
  console->Send(request);
  EXPECT_TRUE(
      console->heard.Next([](const SessionResponse& r) { return r.tag() == 5 && r.has_done(); }));
}

TEST_F(GrpcSessionTest, RefusesACallWithoutAToken) {
  ServeGrpc();
  auto console = Connect("");
  console->Send(HelloWith(Token("ann")));
  const auto ended = console->ended.Next();
  ASSERT_TRUE(ended && !ended->ok());
  EXPECT_EQ(ended->error().code, Code::kUnauthenticated);
}

TEST_F(GrpcSessionTest, DetachesWhenTheStreamEnds) {
  ServeGrpc();
  auto console = Connect(Token("ann"));
  console->Send(HelloWith(""));
  ASSERT_TRUE(console->heard.Next([](const SessionResponse& r) { return r.has_desk(); }));
  console.reset();
  EXPECT_TRUE(router_.Await([](const RouterState& state) { return state.detached.size() == 1; }));
}

// Its messages are answered into a connection that nobody reads, until they fill the outbox.
TEST_F(GrpcSessionTest, LetsGoOfAConsoleThatDoesNotReadAndServesTheOthers) {
  GatewayConfig config = DefaultConfig();
  config.limits.outbox_bytes_max = 64 << 10;
  config.last_message_time = Duration{50};
  ServeGrpc(std::move(config));
  auto console = Connect(Token("ann"));
  console->Send(HelloWith(""));
  ASSERT_TRUE(console->heard.Next([](const SessionResponse& r) { return r.has_desk(); }));
  console->StopReading();
  Console& other = SignIn("bob");
  routing::v1::Event event;
  event.set_agent_id("ann");
  event.mutable_presence_changed()->set_presence("not-ready");
  event.mutable_presence_changed()->set_reason(std::string(32 << 10, 'x'));
  // gRPC itself takes some megabytes for a reader that was quick before.
  for (int i = 0; i < 1'000; ++i) router_.Tell(event);
  EXPECT_TRUE(router_.Await(
      [](const RouterState& state) { return state.detached == std::vector<std::string>{"ann"}; }));
  EXPECT_NE(metrics_.Expose().find(R"(usher_gateway_closings_total{reason="TOO_SLOW"} 1)"),
            std::string::npos);
  SessionRequest request;
  request.mutable_sign_in();
  EXPECT_TRUE(Ask(other, std::move(request)).has_done());
}

TEST_F(GrpcSessionTest, EndsTheStreamOfAConsoleThatWasTakenOver) {
  ServeGrpc();
  auto console = Connect(Token("ann"));
  console->Send(HelloWith(""));
  ASSERT_TRUE(console->heard.Next([](const SessionResponse& r) { return r.has_desk(); }));
  SignIn("ann");
  const auto closing =
      console->heard.Next([](const SessionResponse& r) { return r.has_closing(); });
  ASSERT_TRUE(closing);
  EXPECT_EQ(closing->closing().reason(), "TAKEN_OVER");
  EXPECT_TRUE(console->ended.Next());
}

}  // namespace
}  // namespace usher::gateway
