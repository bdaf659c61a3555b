// SPDX-License-Identifier: Apache-2.0
#include "base/io/websocket.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/io/event_loop.h"
#include "base/io/http_client.h"
#include "base/io/http_server.h"
#include "tests/unit/base/io/raw_client.h"

namespace usher::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kPath[] = "/socket";

// What happened at one end of a connection; any thread.
class Record {
 public:
  void Add(std::string what) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(what));
    changed_.notify_all();
  }
  // False after 10 s without `count` events.
  bool WaitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10),
                             [&] { return events_.size() >= count; });
  }
  std::vector<std::string> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
};

void Watch(WebSocket& socket, Record& record) {
  socket.OnMessage([&record](std::string_view text) { record.Add(std::string(text)); });
  socket.OnClose([&record](CloseCode code) {
    record.Add("closed " + std::to_string(static_cast<int>(code)));
  });
}

std::string Handshake(const std::string& more = {}) {
  return "GET /socket HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
         more + "\r\n";
}

// A frame of a client, masked with zeros so that its payload stays readable.
std::string Frame(int opcode, const std::string& payload, bool last = true) {
  std::string frame(1, static_cast<char>((last ? 0x80 : 0) | opcode));
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xFF);
  }
  return frame + std::string(4, '\0') + payload;
}

constexpr int kText = 1;
constexpr int kBinary = 2;
constexpr int kClose = 8;
constexpr int kPing = 9;

class WebSocketTest : public ::testing::Test {
 protected:
  void SetUp() override { loop_.Start("ws-test"); }
  // After it no callback touches the records.
  void TearDown() override {
    server_.reset();
    loop_.Stop(Duration{0});
  }

  // Serves kPath; the server's end is recorded in `at_server_` and echoes when `echo_`.
  void Serve(WebSocketOptions options) {
    server_ = std::make_unique<HttpServer>(
        loop_, HttpServerOptions{.address = {.host = "127.0.0.1", .port = 0}});
    server_->HandleWebSocket(
        kPath, std::move(options),
        [this](std::shared_ptr<WebSocket> socket, const HttpRequest& handshake) {
          query_ = handshake.query;
          server_socket_ = socket;
          opened_.Add("opened");
          Watch(*socket, at_server_);
          if (!echo_) return;
          socket->OnMessage([this, weak = std::weak_ptr(socket)](std::string_view text) {
            at_server_.Add(std::string(text));
            EXPECT_TRUE(weak.lock()->Send(std::string(text)));
          });
        });
    ASSERT_TRUE(server_->Listen().ok());
  }

  Result<std::shared_ptr<WebSocket>> Connect(WebSocketClientRequest request = {}) {
    if (request.url.empty()) {
      request.url = "ws://127.0.0.1:" + std::to_string(server_->port()) + kPath + "?from=test";
    }
    std::promise<Result<std::shared_ptr<WebSocket>>> opened;
    ConnectWebSocket(loop_, std::move(request), [&](Result<std::shared_ptr<WebSocket>> socket) {
      if (socket.ok()) Watch(**socket, at_client_);
      opened.set_value(std::move(socket));
    });
    auto result = opened.get_future().get();
    if (!result.ok()) return result;
    client_ = *result;
    EXPECT_TRUE(opened_.WaitFor(1)) << "the server's end opens a moment later";
    return result;
  }

  void Send(std::string text) {
    loop_.Call([&] { EXPECT_TRUE(client_->Send(std::move(text))); });
  }

  HttpServerStats Stats() {
    HttpServerStats stats;
    loop_.Call([&] { stats = server_->stats(); });
    return stats;
  }

  EventLoop loop_;
  Record opened_;
  Record at_server_;
  Record at_client_;
  bool echo_ = true;
  std::string query_;
  std::unique_ptr<HttpServer> server_;
  std::shared_ptr<WebSocket> server_socket_;
  std::shared_ptr<WebSocket> client_;
};

TEST_F(WebSocketTest, CarriesMessagesBothWaysInOrder) {
  Serve({});
  ASSERT_TRUE(Connect().ok());
  Send("one");
  Send("");
  Send("zwei 二");
  ASSERT_TRUE(at_client_.WaitFor(3));
  EXPECT_THAT(at_client_.events(), ElementsAre("one", "", "zwei 二"));
  EXPECT_EQ(query_, "from=test");
}

TEST_F(WebSocketTest, TellsBothEndsOnceHowItClosed) {
  Serve({});
  ASSERT_TRUE(Connect().ok());
  loop_.Call([&] { client_->Close(CloseCode::kPolicyViolation, "because"); });
  ASSERT_TRUE(at_server_.WaitFor(1));
  ASSERT_TRUE(at_client_.WaitFor(1));
  EXPECT_THAT(at_server_.events(), ElementsAre("closed 1008"));
  EXPECT_THAT(at_client_.events(), ElementsAre("closed 1008"));
  EXPECT_EQ(Stats().websockets, 0u);
}

TEST_F(WebSocketTest, DeliversWhatWasSentBeforeClose) {
  Serve({});
  ASSERT_TRUE(Connect().ok());
  loop_.Call([&] {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(server_socket_->Send(std::to_string(i)));
    server_socket_->Close(CloseCode::kNormal);
    EXPECT_FALSE(server_socket_->Send("too late"));
  });
  ASSERT_TRUE(at_client_.WaitFor(101));
  EXPECT_EQ(at_client_.events()[99], "99");
  EXPECT_EQ(at_client_.events()[100], "closed 1000");
}

TEST_F(WebSocketTest, AbortEndsWithoutACloseFrame) {
  Serve({});
  ASSERT_TRUE(Connect().ok());
  loop_.Call([&] { server_socket_->Abort(); });
  ASSERT_TRUE(at_server_.WaitFor(1));
  ASSERT_TRUE(at_client_.WaitFor(1));
  EXPECT_THAT(at_server_.events(), ElementsAre("closed 1006"));
  EXPECT_THAT(at_client_.events(), ElementsAre("closed 1006"));
}

TEST_F(WebSocketTest, MayBeClosedInsideItsOwnCallbacks) {
  echo_ = false;
  Serve({});
  ASSERT_TRUE(Connect().ok());
  loop_.Call([&] {
    server_socket_->OnMessage([&](std::string_view) {
      server_socket_->OnMessage(nullptr);
      server_socket_->Close(CloseCode::kNormal);
      server_socket_->Close(CloseCode::kPolicyViolation);
    });
  });
  Send("bye");
  ASSERT_TRUE(at_client_.WaitFor(1));
  EXPECT_THAT(at_client_.events(), ElementsAre("closed 1000"));
}

TEST_F(WebSocketTest, TakesMessagesUpToTheLimitAndNoByteMore) {
  Serve({.limits = {.message_bytes_max = 5000}});
  ASSERT_TRUE(Connect().ok());
  Send(std::string(5000, 'a'));
  ASSERT_TRUE(at_client_.WaitFor(1));
  EXPECT_EQ(at_client_.events()[0].size(), 5000u);
  Send(std::string(5001, 'b'));
  ASSERT_TRUE(at_client_.WaitFor(2));
  EXPECT_EQ(at_client_.events()[1], "closed 1009");
}

TEST_F(WebSocketTest, CountsTheFragmentsOfAMessageTogether) {
  Serve({.limits = {.message_bytes_max = 10}});
  RawClient client(server_->port());
  client.Send(Handshake() + "");
  EXPECT_EQ(StatusOf(client.ReadResponse()), 101);
  client.Send(Frame(kText, "hello", false) + Frame(0, "world"));
  EXPECT_EQ(client.ReadBytes(12), "\x81\x0Ahelloworld");
  client.Send(Frame(kText, "hello", false) + Frame(0, "world!"));
  EXPECT_EQ(client.ReadBytes(4), std::string("\x88\x02\x03\xF1"));
}

TEST_F(WebSocketTest, ClosesOnBinaryAndOnBrokenText) {
  Serve({});
  RawClient binary(server_->port());
  binary.Send(Handshake());
  EXPECT_EQ(StatusOf(binary.ReadResponse()), 101);
  binary.Send(Frame(kBinary, "\x01"));
  EXPECT_EQ(binary.ReadBytes(4).substr(2), std::string("\x03\xEB"));
  RawClient text(server_->port());
  text.Send(Handshake());
  EXPECT_EQ(StatusOf(text.ReadResponse()), 101);
  text.Send(Frame(kText, "\xC3\x28"));
  EXPECT_EQ(text.ReadBytes(4).substr(2), std::string("\x03\xEF"));
}

TEST_F(WebSocketTest, ClosesOnFramesThatAreNotMaskedOrNotDefined) {
  Serve({});
  for (const std::string& frame :
       {std::string("\x81\x01x"), Frame(3, "x"), Frame(kPing, "x", false)}) {
    RawClient client(server_->port());
    client.Send(Handshake());
    EXPECT_EQ(StatusOf(client.ReadResponse()), 101);
    client.Send(frame);
    EXPECT_EQ(client.ReadBytes(4).substr(2), std::string("\x03\xEA"));
    client.Send(Frame(kClose, "\x03\xEA"));
  }
  ASSERT_TRUE(at_server_.WaitFor(3));
  EXPECT_THAT(at_server_.events(), ElementsAre("closed 1002", "closed 1002", "closed 1002"));
}

TEST_F(WebSocketTest, NoticesAClientThatVanishes) {
  Serve({});
  RawClient client(server_->port());
  client.Send(Handshake());
  EXPECT_EQ(StatusOf(client.ReadResponse()), 101);
  client.Close();
  ASSERT_TRUE(at_server_.WaitFor(1));
  EXPECT_THAT(at_server_.events(), ElementsAre("closed 1006"));
}

TEST_F(WebSocketTest, PingsAndThenDropsAPeerThatIsSilent) {
  Serve({.limits = {.peer_timeout = Duration{60}}});
  RawClient client(server_->port());
  client.Send(Handshake());
  EXPECT_EQ(StatusOf(client.ReadResponse()), 101);
  EXPECT_EQ(client.ReadBytes(1), "\x89");
  ASSERT_TRUE(at_server_.WaitFor(1));
  EXPECT_THAT(at_server_.events(), ElementsAre("closed 1006"));
}

TEST_F(WebSocketTest, KeepsAPeerThatAnswersPings) {
  Serve({.limits = {.peer_timeout = Duration{60}}});
  RawClient client(server_->port());
  client.Send(Handshake());
  EXPECT_EQ(StatusOf(client.ReadResponse()), 101);
  for (int i = 0; i < 6; ++i) {
    ASSERT_EQ(client.ReadBytes(2).substr(0, 1), "\x89");
    client.Send(Frame(10, ""));
  }
  EXPECT_EQ(Stats().websockets, 1u);
  EXPECT_THAT(at_server_.events(), ElementsAre());
}

TEST_F(WebSocketTest, ClosesAConnectionWithoutMessagesAfterItsIdleTimeout) {
  Serve({.idle_timeout = Duration{50}});
  ASSERT_TRUE(Connect().ok());
  ASSERT_TRUE(at_client_.WaitFor(1));
  EXPECT_THAT(at_client_.events(), ElementsAre("closed 1000"));
}

TEST_F(WebSocketTest, RefusesToQueueMoreThanTheOutboxHolds) {
  Serve({.limits = {.outbox_bytes_max = 1000}});
  ASSERT_TRUE(Connect().ok());
  loop_.Call([&] {
    EXPECT_TRUE(server_socket_->Send(std::string(600, 'a')));
    EXPECT_TRUE(server_socket_->Send(std::string(400, 'b')));
    EXPECT_EQ(server_socket_->outbox_bytes(), 1000u);
    EXPECT_FALSE(server_socket_->Send("c"));
    EXPECT_TRUE(server_socket_->is_open());
  });
  ASSERT_TRUE(at_client_.WaitFor(2));
  loop_.Call([&] {
    EXPECT_EQ(server_socket_->outbox_bytes(), 0u);
    EXPECT_TRUE(server_socket_->Send(std::string(1000, 'd')));
    EXPECT_FALSE(
        server_socket_->Send(""
                             "e"));
  });
  ASSERT_TRUE(at_client_.WaitFor(3));
}

TEST_F(WebSocketTest, GivesUpOnAClientThatDoesNotReadWithinTheCloseTimeout) {
  Serve({.limits = {.outbox_bytes_max = 64 << 20, .close_timeout = Duration{60}}});
  RawClient client(server_->port(), 4096);
  client.Send(Handshake());
  EXPECT_EQ(StatusOf(client.ReadResponse()), 101);
  ASSERT_TRUE(opened_.WaitFor(1));
  loop_.Call([&] {
    for (int i = 0; i < 32; ++i) EXPECT_TRUE(server_socket_->Send(std::string(1 << 20, 'x')));
    server_socket_->Close(CloseCode::kTryAgainLater);
  });
  ASSERT_TRUE(at_server_.WaitFor(1));
  EXPECT_THAT(at_server_.events(), ElementsAre("closed 1006"));
}

TEST_F(WebSocketTest, CutsAPeerThatLeavesAMessageUntakenForTheStallTimeout) {
  Serve({.limits = {.outbox_bytes_max = 64 << 20, .stall_timeout = Duration{60}}});
  RawClient client(server_->port(), 4096);
  client.Send(Handshake());
  EXPECT_EQ(StatusOf(client.ReadResponse()), 101);
  ASSERT_TRUE(opened_.WaitFor(1));
  loop_.Call([&] {
    for (int i = 0; i < 32; ++i) EXPECT_TRUE(server_socket_->Send(std::string(1 << 20, 'x')));
  });
  ASSERT_TRUE(at_server_.WaitFor(1));
  EXPECT_THAT(at_server_.events(), ElementsAre("closed 1013"));
  loop_.Call([&] { EXPECT_EQ(server_->stats().websockets, 0u); });
}

TEST_F(WebSocketTest, KeepsAPeerThatTakesItsMessagesHoweverManyStallTimeoutsPass) {
  Serve({.limits = {.stall_timeout = Duration{1}}});
  ASSERT_TRUE(Connect().ok());
  for (std::size_t i = 1; i <= 200; ++i) {
    Send("message " + std::to_string(i));
    ASSERT_TRUE(at_client_.WaitFor(i));
  }
  loop_.Call([&] { EXPECT_TRUE(server_socket_->is_open()); });
}

TEST_F(WebSocketTest, ClosesOnAFloodOfPings) {
  Serve({.limits = {.pings_max = 10}});
  RawClient client(server_->port());
  client.Send(Handshake());
  EXPECT_EQ(StatusOf(client.ReadResponse()), 101);
  ASSERT_TRUE(opened_.WaitFor(1));
  for (int i = 0; i < 10; ++i) client.Send(Frame(kPing, "p"));
  client.Send(Frame(kText, "still here"));
  ASSERT_TRUE(at_server_.WaitFor(1));
  client.Send(Frame(kPing, "p"));
  ASSERT_TRUE(at_server_.WaitFor(2));
  EXPECT_THAT(at_server_.events(), ElementsAre("still here", "closed 1008"));
}

TEST_F(WebSocketTest, RefusesPagesOfOtherOrigins) {
  Serve({.allowed_origins = {"https://shop.example"}});
  const auto status = [&](const std::string& headers) {
    RawClient client(server_->port());
    client.Send(Handshake(headers));
    return client.ReadResponse();
  };
  EXPECT_EQ(StatusOf(status("Origin: https://shop.example\r\n")), 101);
  EXPECT_EQ(StatusOf(status("Origin: http://here\r\n")), 101) << "a page of this server's own";
  EXPECT_EQ(StatusOf(status("")), 101) << "no browser";
  const std::string refused = status("Origin: https://evil.example\r\n");
  EXPECT_EQ(StatusOf(refused), 403);
  EXPECT_THAT(BodyOf(refused), HasSubstr("ORIGIN_NOT_ALLOWED"));
  EXPECT_EQ(StatusOf(status("Origin: https://shop.example.evil.example\r\n")), 403);
  EXPECT_EQ(StatusOf(status("Origin: null\r\n")), 403);
}

TEST_F(WebSocketTest, AgreesOnTheFirstProtocolThatBothSpeak) {
  Serve({.protocols = {"usher.v2", "usher.v1"}});
  ASSERT_TRUE(Connect({.protocols = {"other", "usher.v1"}}).ok());
  EXPECT_EQ(client_->protocol(), "usher.v1");
  loop_.Call([&] { EXPECT_EQ(server_socket_->protocol(), "usher.v1"); });
}

TEST_F(WebSocketTest, AnswersTheErrorOfItsAdmission) {
  Serve({.admit = [](const HttpRequest& handshake) -> Result<void> {
    if (handshake.BearerToken() == "right") return {};
    return Error{Code::kUnauthenticated, "NO_TOKEN", "a token is needed", "send one"};
  }});
  const auto refused = Connect();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "HANDSHAKE_REFUSED");
  EXPECT_THAT(refused.error().message, HasSubstr("401"));
  EXPECT_TRUE(Connect({.headers = {{"Authorization", "Bearer right"}}}).ok());
}

TEST_F(WebSocketTest, LimitsItsConnections) {
  Serve({.connections_max = 2});
  RawClient one(server_->port());
  RawClient two(server_->port());
  RawClient three(server_->port());
  one.Send(Handshake());
  EXPECT_EQ(StatusOf(one.ReadResponse()), 101);
  two.Send(Handshake());
  EXPECT_EQ(StatusOf(two.ReadResponse()), 101);
  three.Send(Handshake());
  EXPECT_EQ(StatusOf(three.ReadResponse()), 503);
  one.Close();
  ASSERT_TRUE(at_server_.WaitFor(1));
  three.Send(Handshake());
  EXPECT_EQ(StatusOf(three.ReadResponse()), 101);
}

TEST_F(WebSocketTest, LimitsTheConnectionsOfOneAddress) {
  Serve({.connections_per_address_max = 1});
  RawClient one(server_->port());
  one.Send(Handshake());
  EXPECT_EQ(StatusOf(one.ReadResponse()), 101);
  RawClient two(server_->port());
  two.Send(Handshake());
  EXPECT_EQ(StatusOf(two.ReadResponse()), 503);
  one.Close();
  ASSERT_TRUE(at_server_.WaitFor(1));
  two.Send(Handshake());
  EXPECT_EQ(StatusOf(two.ReadResponse()), 101);
}

TEST_F(WebSocketTest, RefusesWhatIsNoHandshake) {
  Serve({});
  const auto status = [&](const std::string& request) {
    RawClient client(server_->port());
    client.Send(request);
    return StatusOf(client.ReadResponse());
  };
  EXPECT_EQ(status("GET /socket HTTP/1.1\r\nHost: x\r\n\r\n"), 426);
  EXPECT_EQ(status("POST /socket HTTP/1.1\r\nHost: x\r\n\r\n"), 405);
  EXPECT_EQ(status("GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
            400);
  EXPECT_EQ(status("GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n"),
            400);
  EXPECT_EQ(Stats().websockets, 0u);
}

TEST_F(WebSocketTest, ReportsAServerThatIsNotThere) {
  Serve({});
  const std::string url = "ws://127.0.0.1:" + std::to_string(server_->port()) + kPath;
  server_.reset();
  const auto result = Connect({.url = url});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().reason, "UNREACHABLE");
}

TEST_F(WebSocketTest, GoesAwayWhenTheServerDrains) {
  Serve({});
  ASSERT_TRUE(Connect().ok());
  std::promise<void> drained;
  loop_.Call([&] { server_->Drain(Duration{5'000}, [&] { drained.set_value(); }); });
  drained.get_future().wait();
  ASSERT_TRUE(at_client_.WaitFor(1));
  EXPECT_THAT(at_client_.events(), ElementsAre("closed 1001"));
}

TEST_F(WebSocketTest, TellsItsOwnerBeforeTheServerIsDestroyed) {
  Serve({});
  ASSERT_TRUE(Connect().ok());
  server_.reset();
  EXPECT_THAT(at_server_.events(), ElementsAre("closed 1001"));
}

TEST_F(WebSocketTest, ServesManyConnectionsAtOnce) {
  constexpr std::size_t kConnections = 400;
  Serve({});
  const std::string url = "ws://127.0.0.1:" + std::to_string(server_->port()) + kPath;
  std::vector<std::shared_ptr<WebSocket>> open;
  for (std::size_t i = 0; i < kConnections; ++i) {
    ConnectWebSocket(loop_, {.url = url}, [&, i](Result<std::shared_ptr<WebSocket>> socket) {
      ASSERT_TRUE(socket.ok()) << socket.error().message;
      open.push_back(*socket);
      Watch(**socket, at_client_);
      EXPECT_TRUE((*socket)->Send("hello " + std::to_string(i)));
    });
  }
  ASSERT_TRUE(at_client_.WaitFor(kConnections));
  EXPECT_EQ(Stats().websockets, kConnections);
  loop_.Call([&] {
    for (const auto& socket : open) socket->Close(CloseCode::kNormal);
  });
  ASSERT_TRUE(at_client_.WaitFor(2 * kConnections));
  ASSERT_TRUE(at_server_.WaitFor(2 * kConnections));
  EXPECT_EQ(Stats().websockets, 0u);
  loop_.Call([&] { open.clear(); });
}

}  // namespace
}  // namespace usher::io
