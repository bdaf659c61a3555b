// SPDX-License-Identifier: Apache-2.0
#include "channels/chat/chat_adapter.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/io/grpc_channel.h"
#include "base/io/http_client.h"
#include "base/io/http_server.h"
#include "tests/support/frame_socket.h"
#include "tests/support/scripted_router.h"
#include "usher/chat/v1/chat.pb.h"

namespace usher::chat {
namespace {

using chat::v1::ChatStatus;
using chat::v1::ClientFrame;
using chat::v1::ServerFrame;
using context::v1::Author;
using routing::v1::Contact;
using testing::ScriptedRouter;
using RouterState = ScriptedRouter::State;
using Page = testing::FrameSocket<ClientFrame, ServerFrame>;

ChatConfig DefaultConfig() {
  ChatConfig config;
  config.sites = {{.key = "shop",
                   .domain = DomainId{"acme"},
                   .title = "Shop",
                   .greeting = "Hello!",
                   .queue = "support",
                   .subject = "Shop chat",
                   .allowed_origins = {"https://shop.example"}}};
  return config;
}

// One server with the adapter on it; destroyed and made again it is a server that was restarted.
struct Server {
  Server(const std::string& router, const io::KeyPair& key, ChatConfig config,
         const std::string& adapter_name = "chat")
      : http(loop, {.address = *io::ParseListenAddress("127.0.0.1:0")}),
        road(loop, {io::OpenChannel({.address = router, .reconnect_wait_max = Duration{200}})}) {
    io::PublicKeys keys;
    EXPECT_TRUE(keys.AddJwks(key.PublicJwks()).ok());
    auto made = ChatAdapter::Make(
        loop, http,
        {{DomainId{"acme"}, adapter_name, road, [] { return std::string("adapter-token"); }}},
        {key, std::move(keys)}, metrics, std::move(config));
    EXPECT_TRUE(made.ok());
    adapter = *std::move(made);
    EXPECT_TRUE(http.Listen().ok());
    loop.Start("chat");
    adapter->Start();
  }
  ~Server() {
    adapter.reset();
    loop.Stop(Duration{2'000});
  }
  std::string url() const {
    return "ws://127.0.0.1:" + std::to_string(http.port()) + "/chat/v1/socket";
  }

  io::EventLoop loop;
  io::Metrics metrics;
  io::HttpServer http;
  io::LeaderChannel road;
  std::unique_ptr<ChatAdapter> adapter;
};

class ChatAdapterTest : public ::testing::Test {
 protected:
  ChatAdapterTest() {
    pages_loop_.Start("pages");
    router_.With([](RouterState& state) {
      state.agents["ann"].set_id("ann");
      state.agents["ann"].set_name("Ann");
    });
  }
  ~ChatAdapterTest() override {
    pages_.clear();
    server_.reset();
    router_.Stop();
    pages_loop_.Stop(Duration{2'000});
  }

  Server& Serve(ChatConfig config = DefaultConfig()) {
    server_.reset();
    server_ = std::make_unique<Server>(router_.address(), key_, std::move(config));
    return *server_;
  }
  Page& Open(const std::string& origin = {}) {
    pages_.push_back(std::make_unique<Page>(pages_loop_, server_->url(), origin));
    return *pages_.back();
  }
  static void Hello(Page& page, const std::string& token = {}, std::uint64_t after = 0,
                    const std::string& site = "shop") {
    ClientFrame frame;
    frame.mutable_hello()->set_site(site);
    frame.mutable_hello()->set_token(token);
    frame.mutable_hello()->set_after_message(after);
    frame.mutable_hello()->set_page("https://shop.example/cart");
    page.Send(frame);
  }
  static void Say(Page& page, const std::string& client_id, const std::string& text) {
    ClientFrame frame;
    frame.mutable_say()->set_client_id(client_id);
    frame.mutable_say()->set_text(text);
    page.Send(frame);
  }
  static void End(Page& page) {
    ClientFrame frame;
    frame.mutable_end();
    page.Send(frame);
  }
  static chat::v1::ServerWelcome Welcome(Page& page) {
    const auto frame = page.heard.Next([](const ServerFrame& f) { return f.has_welcome(); });
    EXPECT_TRUE(frame);
    return frame ? frame->welcome() : chat::v1::ServerWelcome();
  }
  static ChatStatus Status(Page& page, ChatStatus::Phase phase) {
    const auto frame = page.heard.Next(
        [&](const ServerFrame& f) { return f.has_status() && f.status().phase() == phase; });
    EXPECT_TRUE(frame) << "no status " << ChatStatus::Phase_Name(phase);
    return frame ? frame->status() : ChatStatus();
  }
  static context::v1::Message Message(Page& page) {
    const auto frame = page.heard.Next([](const ServerFrame& f) { return f.has_message(); });
    EXPECT_TRUE(frame) << "no message";
    return frame ? frame->message() : context::v1::Message();
  }
  static chat::v1::ServerError Refusal(Page& page) {
    const auto frame = page.heard.Next([](const ServerFrame& f) { return f.has_error(); });
    EXPECT_TRUE(frame) << "nothing was refused";
    return frame ? frame->error() : chat::v1::ServerError();
  }
  static std::vector<std::string> Texts(Page& page) {
    std::vector<std::string> texts;
    for (const ServerFrame& frame : page.heard.all()) {
      if (frame.has_message()) texts.push_back(frame.message().text());
    }
    return texts;
  }
  // A page with a chat that Ann has taken.
  Page& Talk() {
    Page& page = Open();
    Hello(page);
    token_ = Welcome(page).token();
    Say(page, "k1", "one");
    EXPECT_EQ(Message(page).client_id(), "k1");
    router_.Assign("c1", "ann");
    Status(page, ChatStatus::PHASE_ACTIVE);
    return page;
  }
  std::string Fetch(const std::string& path) {
    std::promise<Result<io::HttpResponse>> done;
    io::HttpFetch(pages_loop_,
                  {.url = "http://127.0.0.1:" + std::to_string(server_->http.port()) + path},
                  [&](Result<io::HttpResponse> response) { done.set_value(std::move(response)); });
    const auto response = done.get_future().get();
    return response.ok() ? response->body : std::string();
  }

  ScriptedRouter router_;
  io::KeyPair key_ = *io::KeyPair::Make();
  io::EventLoop pages_loop_;
  std::unique_ptr<Server> server_;
  std::vector<std::unique_ptr<Page>> pages_;
  std::string token_;
};

TEST_F(ChatAdapterTest, WelcomesANewVisitorWithATokenAndAnIdleChat) {
  Serve();
  Page& page = Open();
  Hello(page);
  const auto welcome = Welcome(page);
  EXPECT_FALSE(welcome.token().empty());
  EXPECT_FALSE(welcome.resumed());
  EXPECT_EQ(welcome.title(), "Shop");
  EXPECT_EQ(welcome.greeting(), "Hello!");
  Status(page, ChatStatus::PHASE_IDLE);
}

TEST_F(ChatAdapterTest, MakesAContactOfTheFirstSayAndRecordsIt) {
  Serve();
  Page& page = Open();
  Hello(page);
  Say(page, "k1", "My order is late");
  const auto waiting = Status(page, ChatStatus::PHASE_WAITING);
  EXPECT_EQ(waiting.contact_id(), "c1");
  EXPECT_FALSE(waiting.has_since());  // the router has not told yet
  const auto message = Message(page);
  EXPECT_EQ(message.id(), 1U);
  EXPECT_EQ(message.client_id(), "k1");
  EXPECT_EQ(message.text(), "My order is late");
  router_.With([](RouterState& state) {
    ASSERT_EQ(state.contacts.size(), 1U);
    const Contact& contact = state.contacts.begin()->second;
    EXPECT_EQ(contact.channel(), type::v1::CHANNEL_CHAT);
    EXPECT_EQ(contact.queue(), "support");
    EXPECT_EQ(contact.subject(), "Shop chat");
    EXPECT_EQ(contact.attributes().at("site"), "shop");
    EXPECT_EQ(contact.attributes().at("page"), "https://shop.example/cart");
    ASSERT_EQ(state.resolved.size(), 1U);
    EXPECT_EQ(state.resolved[0].identity().kind(), "chat");
    EXPECT_TRUE(state.resolved[0].identity().verified());
    EXPECT_EQ(contact.customer_id(), "u-" + state.resolved[0].identity().value());
    EXPECT_EQ(state.conversations["c1"][0].author().side(), Author::SIDE_CUSTOMER);
  });
}

TEST_F(ChatAdapterTest, TellsTheRouterTheNameAndTheClaimedAddress) {
  Serve();
  Page& page = Open();
  Hello(page);
  ClientFrame start;
  start.mutable_start()->set_name("Eve");
  start.mutable_start()->set_email("eve@example.com");
  start.mutable_start()->set_subject("Refund");
  page.Send(start);
  Status(page, ChatStatus::PHASE_WAITING);
  router_.With([](RouterState& state) {
    ASSERT_EQ(state.resolved.size(), 1U);
    EXPECT_EQ(state.resolved[0].name(), "Eve");
    ASSERT_EQ(state.resolved[0].also_size(), 1);
    EXPECT_EQ(state.resolved[0].also(0).value(), "eve@example.com");
    EXPECT_FALSE(state.resolved[0].also(0).verified());
    EXPECT_EQ(state.contacts["c1"].subject(), "Refund");
  });
}

TEST_F(ChatAdapterTest, OpensTheChatThoughTheClaimedAddressIsNone) {
  Serve();
  Page& page = Open();
  Hello(page);
  ClientFrame start;
  start.mutable_start()->set_email("eve");
  page.Send(start);
  Status(page, ChatStatus::PHASE_WAITING);
}

TEST_F(ChatAdapterTest, KeepsTheOrderOfWhatIsSaidBeforeTheContactIsKnown) {
  Serve();
  Page& page = Open();
  Hello(page);
  for (int i = 1; i <= 10; ++i) Say(page, "k" + std::to_string(i), std::to_string(i));
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(Message(page).text(), std::to_string(i));
  router_.With([](RouterState& state) { EXPECT_EQ(state.contacts.size(), 1U); });
}

TEST_F(ChatAdapterTest, RecordsASayThatIsSentTwiceOnce) {
  Serve();
  Page& page = Open();
  Hello(page);
  Say(page, "k1", "one");
  Say(page, "k1", "one");
  EXPECT_EQ(Message(page).client_id(), "k1");
  Say(page, "k1", "one");
  Say(page, "k2", "two");
  EXPECT_EQ(Message(page).client_id(), "k2");
  router_.With([](RouterState& state) { EXPECT_EQ(state.conversations["c1"].size(), 2U); });
}

TEST_F(ChatAdapterTest, ShowsPlaceThenAgentThenEnd) {
  Serve();
  Page& page = Open();
  Hello(page);
  Say(page, "k1", "one");
  Status(page, ChatStatus::PHASE_WAITING);
  routing::v1::Event place;
  place.set_contact_id("c1");
  place.mutable_place()->set_position(3);
  place.mutable_place()->mutable_estimated_wait()->mutable_low()->set_seconds(60);
  router_.Tell(place);
  const auto third =
      page.heard.Next([](const ServerFrame& frame) { return frame.status().position() == 3; });
  ASSERT_TRUE(third);
  EXPECT_EQ(third->status().estimated_wait().low().seconds(), 60);
  router_.Assign("c1", "ann");
  EXPECT_EQ(Status(page, ChatStatus::PHASE_ACTIVE).agent_name(), "Ann");
  router_.Close("c1", Contact::OUTCOME_COMPLETED);
  EXPECT_EQ(Status(page, ChatStatus::PHASE_ENDED).outcome(), "completed");
}

TEST_F(ChatAdapterTest, ShowsTheAgentsIdWhereTheRouterTellsNoName) {
  Serve();
  Page& page = Open();
  Hello(page);
  Say(page, "k1", "one");
  Status(page, ChatStatus::PHASE_WAITING);
  router_.Assign("c1", "bob");
  EXPECT_EQ(Status(page, ChatStatus::PHASE_ACTIVE).agent_name(), "bob");
}

TEST_F(ChatAdapterTest, WaitsAgainAfterATransferThoughTheGiverWrapsUp) {
  Serve();
  Page& page = Talk();
  routing::v1::Event transferred;
  transferred.set_contact_id("c1");
  transferred.mutable_transferred()->set_from_agent("ann");
  router_.Tell(transferred);
  Status(page, ChatStatus::PHASE_WAITING);
  routing::v1::Event wrap_up;
  wrap_up.set_contact_id("c1");
  wrap_up.set_agent_id("ann");
  wrap_up.mutable_wrap_up_started();
  router_.Tell(wrap_up);
  router_.Assign("c1", "bob");
  EXPECT_EQ(Status(page, ChatStatus::PHASE_ACTIVE).agent_name(), "bob");
  for (const ServerFrame& frame : page.heard.all()) {
    EXPECT_NE(frame.status().phase(), ChatStatus::PHASE_ENDED);
  }
}

TEST_F(ChatAdapterTest, EndsForTheVisitorWhenTheAgentWrapsUp) {
  Serve();
  Page& page = Talk();
  routing::v1::Event wrap_up;
  wrap_up.set_contact_id("c1");
  wrap_up.set_agent_id("ann");
  wrap_up.mutable_wrap_up_started();
  router_.Tell(wrap_up);
  EXPECT_EQ(Status(page, ChatStatus::PHASE_ENDED).outcome(), "completed");
}

TEST_F(ChatAdapterTest, PassesTheAgentsWordsTypingAndMarksOnWithoutIds) {
  Serve();
  Page& page = Talk();
  router_.Say("c1", Author::SIDE_AGENT, "How can I help?");
  const auto message = Message(page);
  EXPECT_EQ(message.text(), "How can I help?");
  EXPECT_EQ(message.author().name(), "Ann");
  EXPECT_TRUE(message.author().id().empty());
}

TEST_F(ChatAdapterTest, TellsTheOtherSideWhatTheVisitorHasSeenAndThatSheTypes) {
  Serve();
  Page& page = Talk();
  ClientFrame typing;
  typing.mutable_typing()->set_active(true);
  page.Send(typing);
  ClientFrame mark;
  mark.mutable_mark()->set_delivered_up_to(1);
  mark.mutable_mark()->set_read_up_to(99);  // more than there is
  page.Send(mark);
  EXPECT_TRUE(router_.Await([](const RouterState& state) {
    return state.typing.size() == 1 && state.marks.contains("c1");
  }));
  router_.With([](RouterState& state) {
    EXPECT_TRUE(state.typing[0].typing().active());
    EXPECT_EQ(state.typing[0].typing().author().side(), Author::SIDE_CUSTOMER);
    EXPECT_EQ(state.marks["c1"][0].side(), Author::SIDE_CUSTOMER);
    EXPECT_EQ(state.marks["c1"][0].delivered_up_to(), 1U);
    EXPECT_EQ(state.marks["c1"][0].read_up_to(), 1U);
  });
}

TEST_F(ChatAdapterTest, ShowsBothTabsEverything) {
  Serve();
  Page& first = Talk();
  Page& second = Open();
  Hello(second, token_);
  EXPECT_TRUE(Welcome(second).resumed());
  EXPECT_EQ(Status(second, ChatStatus::PHASE_ACTIVE).agent_name(), "Ann");
  EXPECT_EQ(Message(second).text(), "one");
  Say(second, "k2", "two");
  EXPECT_EQ(Message(first).text(), "two");
  EXPECT_EQ(Message(second).text(), "two");
}

TEST_F(ChatAdapterTest, GivesAPageThatComesBackWhatItMissedAndNothingTwice) {
  Serve();
  Page& page = Talk();
  page.Abort();
  ASSERT_TRUE(page.closed.Next());
  router_.Say("c1", Author::SIDE_AGENT, "two");
  router_.Say("c1", Author::SIDE_AGENT, "three");
  Page& again = Open();
  Hello(again, token_, 1);
  EXPECT_TRUE(Welcome(again).resumed());
  EXPECT_EQ(Message(again).text(), "two");
  EXPECT_EQ(Message(again).text(), "three");
  router_.Say("c1", Author::SIDE_AGENT, "four");
  EXPECT_EQ(Message(again).text(), "four");
  EXPECT_EQ(Texts(again), (std::vector<std::string>{"two", "three", "four"}));
}

TEST_F(ChatAdapterTest, GoesOnInTheSameChatAfterTheServerWasKilled) {
  Serve();
  Page& page = Talk();
  router_.Say("c1", Author::SIDE_AGENT, "two");
  EXPECT_EQ(Message(page).text(), "two");
  Serve();  // another process knows nothing
  Page& again = Open();
  Hello(again, token_, 2);
  EXPECT_TRUE(Welcome(again).resumed());
  EXPECT_EQ(Status(again, ChatStatus::PHASE_ACTIVE).contact_id(), "c1");
  Say(again, "k1", "one");  // the page does not know that it was recorded
  Say(again, "k3", "three");
  EXPECT_EQ(Message(again).text(), "three");
  router_.With([](RouterState& state) {
    EXPECT_EQ(state.contacts.size(), 1U);
    EXPECT_EQ(state.conversations["c1"].size(), 3U);
  });
}

TEST_F(ChatAdapterTest, AnswersHellosOnceTheRouterHasToldWhatIsOpen) {
  Serve();
  Talk();
  router_.Stop();
  Serve();
  Page& again = Open();
  Hello(again, token_, 1);
  router_.Restart();
  EXPECT_TRUE(Welcome(again).resumed());
}

TEST_F(ChatAdapterTest, RefusesHellosWhenTheRouterStaysAway) {
  ChatConfig config = DefaultConfig();
  config.limits.hello_timeout = Duration{50};
  router_.Stop();
  Serve(config);
  Page& page = Open();
  Hello(page);
  const auto refusal = Refusal(page);
  EXPECT_EQ(refusal.reason(), "UNAVAILABLE");
  EXPECT_GT(refusal.retry_after().seconds(), 0);
}

TEST_F(ChatAdapterTest, DoesNotLoseASayWhileTheRouterIsAway) {
  Serve();
  Page& page = Talk();
  router_.Stop();
  Say(page, "k2", "two");
  Say(page, "k3", "three");
  router_.Restart();
  EXPECT_EQ(Message(page).text(), "two");
  EXPECT_EQ(Message(page).text(), "three");
}

TEST_F(ChatAdapterTest, AbandonsTheContactThatTheVisitorEndsWhileWaiting) {
  Serve();
  Page& page = Open();
  Hello(page);
  Say(page, "k1", "one");
  Message(page);
  End(page);
  EXPECT_EQ(Status(page, ChatStatus::PHASE_ENDED).outcome(), "abandoned");
}

TEST_F(ChatAdapterTest, CompletesTheContactThatTheVisitorEndsAndTellsTheAgent) {
  Serve();
  Page& page = Talk();
  End(page);
  EXPECT_EQ(Status(page, ChatStatus::PHASE_ENDED).outcome(), "completed");
  router_.With([](RouterState& state) {
    EXPECT_EQ(state.conversations["c1"].back().author().side(), Author::SIDE_SYSTEM);
  });
}

TEST_F(ChatAdapterTest, OpensANewContactAfterTheEnd) {
  Serve();
  Page& page = Talk();
  End(page);
  Status(page, ChatStatus::PHASE_ENDED);
  Say(page, "k9", "one more thing");
  EXPECT_EQ(Status(page, ChatStatus::PHASE_WAITING).contact_id(), "c2");
  const auto message =
      page.heard.Next([](const ServerFrame& frame) { return frame.message().client_id() == "k9"; });
  ASSERT_TRUE(message);
  EXPECT_EQ(message->message().contact_id(), "c2");
  EXPECT_EQ(message->message().id(), 1U);
}

TEST_F(ChatAdapterTest, AbandonsTheContactOfAVisitorWhoStaysAway) {
  ChatConfig config = DefaultConfig();
  config.resume_time = Duration{20};
  Serve(config);
  Page& page = Open();
  Hello(page);
  Say(page, "k1", "one");
  Message(page);
  page.Abort();
  EXPECT_TRUE(router_.Await([](const RouterState& state) {
    const auto contact = state.contacts.find("c1");
    return contact != state.contacts.end() &&
           contact->second.outcome() == Contact::OUTCOME_ABANDONED;
  }));
}

TEST_F(ChatAdapterTest, CompletesTheTalkOfAVisitorWhoDoesNotComeBackAfterARestart) {
  Serve();
  Talk();
  ChatConfig config = DefaultConfig();
  config.resume_time = Duration{20};
  Serve(config);
  EXPECT_TRUE(router_.Await([](const RouterState& state) {
    return state.contacts.at("c1").outcome() == Contact::OUTCOME_COMPLETED &&
           state.conversations.at("c1").back().text() == "The visitor has left.";
  }));
}

TEST_F(ChatAdapterTest, TellsThePageWhyItsChatWasNotTaken) {
  router_.With([](RouterState& state) { state.refuse_queue["support"] = "QUEUE_FULL"; });
  Serve();
  Page& page = Open();
  Hello(page);
  Say(page, "k1", "one");
  const auto refusal = Refusal(page);
  EXPECT_EQ(refusal.reason(), "QUEUE_FULL");
  EXPECT_EQ(refusal.client_id(), "k1");
  EXPECT_EQ(Status(page, ChatStatus::PHASE_ENDED).outcome(), "refused");
}

TEST_F(ChatAdapterTest, TakesAForgedTokenForANewVisitor) {
  Serve();
  Talk();
  Page& thief = Open();
  const std::size_t signature = token_.rfind('.');
  std::string forged = token_;
  forged[signature + 1] = forged[signature + 1] == 'A' ? 'B' : 'A';
  Hello(thief, forged);
  const auto welcome = Welcome(thief);
  EXPECT_FALSE(welcome.resumed());
  EXPECT_NE(welcome.token(), token_);
  Status(thief, ChatStatus::PHASE_IDLE);
}

TEST_F(ChatAdapterTest, RefusesAnUnknownSite) {
  Serve();
  Page& page = Open();
  Hello(page, {}, 0, "nowhere");
  EXPECT_EQ(Refusal(page).reason(), "UNKNOWN_SITE");
  EXPECT_TRUE(page.closed.Next());
}

TEST_F(ChatAdapterTest, LetsOnlyTheSitesOwnOriginsIn) {
  ChatConfig config = DefaultConfig();
  config.sites.push_back({.key = "bank",
                          .domain = DomainId{"acme"},
                          .title = "Bank",
                          .greeting = {},
                          .queue = "support",
                          .subject = {},
                          .allowed_origins = {"https://bank.example"}});
  Serve(config);
  Page& shop = Open("https://shop.example");
  Hello(shop);
  Welcome(shop);
  EXPECT_FALSE(Open("https://evil.example").open());
  Page& other = Open("https://bank.example");  // may connect, but not speak for the shop
  Hello(other);
  EXPECT_EQ(Refusal(other).reason(), "ORIGIN_NOT_ALLOWED");
}

TEST_F(ChatAdapterTest, ClosesOnWhatIsNoFrame) {
  Serve();
  Page& page = Open();
  page.SendText(R"({"hello":{"site":"shop","unknown":1}})");
  EXPECT_EQ(Refusal(page).reason(), "BAD_FRAME");
  EXPECT_EQ(page.closed.Next(), io::CloseCode::kPolicyViolation);
}

TEST_F(ChatAdapterTest, ClosesWhenHelloDoesNotComeFirst) {
  Serve();
  Page& page = Open();
  Say(page, "k1", "one");
  EXPECT_EQ(Refusal(page).reason(), "BAD_FRAME");
  EXPECT_TRUE(page.closed.Next());
  router_.With([](RouterState& state) { EXPECT_TRUE(state.contacts.empty()); });
}

TEST_F(ChatAdapterTest, ClosesWhenNoHelloComes) {
  ChatConfig config = DefaultConfig();
  config.limits.hello_timeout = Duration{20};
  Serve(config);
  Page& page = Open();
  EXPECT_TRUE(page.closed.Next());
}

TEST_F(ChatAdapterTest, RefusesATextAboveTheLimitAndTakesOneAtIt) {
  Serve();
  Page& page = Open();
  Hello(page);
  Say(page, "k1", std::string(4097, 'x'));
  const auto refusal = Refusal(page);
  EXPECT_EQ(refusal.reason(), "TOO_LONG");
  EXPECT_EQ(refusal.client_id(), "k1");
  Say(page, "k2", std::string(4096, 'x'));
  EXPECT_EQ(Message(page).client_id(), "k2");
}

TEST_F(ChatAdapterTest, RefusesSaysAboveTheRate) {
  ChatConfig config = DefaultConfig();
  config.limits.says_max = 3;
  config.limits.window = Duration{60'000};
  Serve(config);
  Page& page = Open();
  Hello(page);
  for (int i = 1; i <= 4; ++i) Say(page, "k" + std::to_string(i), "text");
  const auto refusal = Refusal(page);
  EXPECT_EQ(refusal.reason(), "TOO_FAST");
  EXPECT_EQ(refusal.client_id(), "k4");
  EXPECT_EQ(refusal.retry_after().seconds(), 60);
}

TEST_F(ChatAdapterTest, AnswersPings) {
  Serve();
  Page& page = Open();
  Hello(page);
  ClientFrame ping;
  ping.mutable_ping();
  page.Send(ping);
  EXPECT_TRUE(page.heard.Next([](const ServerFrame& frame) { return frame.has_pong(); }));
}

TEST_F(ChatAdapterTest, TellsPagesToComeBackWhenItStops) {
  Serve();
  Page& page = Talk();
  server_->adapter->Stop();
  const auto closing =
      page.heard.Next([](const ServerFrame& frame) { return frame.has_closing(); });
  ASSERT_TRUE(closing);
  EXPECT_EQ(closing->closing().reason(), "SHUTTING_DOWN");
  EXPECT_GT(closing->closing().retry_after().seconds(), 0);
  router_.With(
      [](RouterState& state) { EXPECT_EQ(state.contacts["c1"].state(), Contact::STATE_ASSIGNED); });
}

TEST_F(ChatAdapterTest, ServesTheScriptToAnyOrigin) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() /
      ("usher-chat-" + std::to_string(::getpid()) + "-" + std::to_string(::time(nullptr)));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "usher-chat.js") << "console.log(1)";
  ChatConfig config = DefaultConfig();
  config.widget_folder = folder;
  config.demo_folder = folder;
  Serve(config);
  EXPECT_EQ(Fetch("/chat/v1/usher-chat.js"), "console.log(1)");
  EXPECT_EQ(Fetch("/demo/usher-chat.js"), "console.log(1)");
  std::filesystem::remove_all(folder);
}

TEST_F(ChatAdapterTest, CountsWhatItDoes) {
  Serve();
  Talk();
  Page& stranger = Open();
  Hello(stranger, {}, 0, "nowhere");
  EXPECT_EQ(Refusal(stranger).reason(), "UNKNOWN_SITE");
  const std::string metrics = server_->metrics.Expose();
  EXPECT_NE(metrics.find("usher_chat_messages_total{direction=\"in\"} 1"), std::string::npos);
  EXPECT_NE(metrics.find("usher_chat_messages_total{direction=\"out\"} 1"), std::string::npos);
  EXPECT_NE(metrics.find("usher_chat_refusals_total{reason=\"UNKNOWN_SITE\"} 1"),
            std::string::npos);
  EXPECT_NE(metrics.find("usher_chat_visitors 1"), std::string::npos);
}

TEST_F(ChatAdapterTest, AVisitorWhoComesToAnotherProcessGoesOnThere) {
  Serve();
  Talk();
  server_.reset();  // the process is gone
  server_ = std::make_unique<Server>(router_.address(), key_, DefaultConfig(), "chat@b");
  Page& page = Open();
  Hello(page, token_);
  EXPECT_TRUE(Welcome(page).resumed());
  EXPECT_TRUE(page.heard.Next(
      [](const ServerFrame& frame) { return frame.status().agent_name() == "Ann"; }));
  Say(page, "k2", "two");
  EXPECT_TRUE(
      page.heard.Next([](const ServerFrame& frame) { return frame.message().text() == "two"; }));
  EXPECT_EQ(Texts(page), (std::vector<std::string>{"one", "two"}));
  router_.With([](RouterState& state) {
    EXPECT_EQ(state.contacts.size(), 1u) << "no second contact came of it";
    EXPECT_EQ(state.contacts["c1"].adapter(), "chat@b");
  });
  router_.Close("c1", Contact::OUTCOME_COMPLETED);  // told to the second process now
  Status(page, ChatStatus::PHASE_ENDED);
}

TEST_F(ChatAdapterTest, TheProcessThatLostAVisitorToAnotherSaysGoodBye) {
  Serve();
  Page& first = Talk();
  Server other(router_.address(), key_, DefaultConfig(), "chat@b");
  Page second(pages_loop_, other.url(), {});
  Hello(second, token_);
  EXPECT_TRUE(Welcome(second).resumed());
  const auto closing =
      first.heard.Next([](const ServerFrame& frame) { return frame.has_closing(); });
  ASSERT_TRUE(closing);
  EXPECT_EQ(closing->closing().reason(), "TAKEN_OVER");
  EXPECT_FALSE(closing->closing().has_retry_after()) << "or both would take it in turns";
}

TEST_F(ChatAdapterTest, VisitorsWhoDoNotComeBackAfterARestartAreNotNamed) {
  Serve();
  Talk();
  Page& other = Open();
  Hello(other);
  Welcome(other);
  Say(other, "k1", "two");
  Status(other, ChatStatus::PHASE_WAITING);
  server_.reset();
  ChatConfig config = DefaultConfig();
  config.return_time = Duration{2'000};
  Serve(config);
  Page& back = Open();
  Hello(back, token_);
  EXPECT_TRUE(Welcome(back).resumed());
  ASSERT_TRUE(router_.Await([](const RouterState& state) { return !state.held.empty(); }));
  router_.With([](RouterState& state) {
    ASSERT_EQ(state.held[0].contact_ids_size(), 1);
    EXPECT_EQ(state.held[0].contact_ids(0), "c1");
    EXPECT_TRUE(state.held[0].last());
  });
}

TEST(ChatConfigTest, RefusesASiteWithoutAQueue) {
  io::EventLoop loop;
  io::Metrics metrics;
  io::HttpServer http(loop, {.address = *io::ParseListenAddress("127.0.0.1:0")});
  const io::KeyPair key = *io::KeyPair::Make();
  io::PublicKeys keys;
  ASSERT_TRUE(keys.AddJwks(key.PublicJwks()).ok());
  ChatConfig config = DefaultConfig();
  config.sites[0].queue.clear();
  io::LeaderChannel road(loop, {}, {"127.0.0.1:1"});
  const std::vector<ChatRoute> routes = {
      {DomainId{"acme"}, "chat", road, [] { return std::string(); }}};
  const auto made = ChatAdapter::Make(loop, http, routes, {key, keys}, metrics, config);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().reason, "BAD_CHAT_CONFIG");
  ChatConfig elsewhere = DefaultConfig();
  elsewhere.sites[0].domain = DomainId{"globex"};
  const auto other = ChatAdapter::Make(loop, http, routes, {key, keys}, metrics, elsewhere);
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().reason, "BAD_CHAT_CONFIG");
}

}  // namespace
}  // namespace usher::chat
