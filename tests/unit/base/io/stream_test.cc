// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/io/client_stream.h"
#include "tests/unit/base/io/echo_server.h"

namespace usher::io {
namespace {

using Server = ServerStream<TalkRequest, TalkResponse>;
using Client = ClientStream<TalkRequest, TalkResponse>;

// Server ends, configured by functions. By default it echoes what it is sent, gathered.
struct Talker : StreamHandler<TalkRequest, TalkResponse> {
  explicit Talker(Server& to) : stream(to) {}
  ~Talker() override {
    if (destroyed) destroyed();
  }

  bool OnMessage(TalkRequest&& message) override {
    ++messages;
    if (on_message) return on_message(message);
    gathered.insert(gathered.end(), message.numbers().begin(), message.numbers().end());
    stream.Wake();
    return true;
  }
  void OnHalfClose() override {
    if (on_half_close) return on_half_close();
    stream.Finish({});
  }
  bool Fill(TalkResponse& message) override {
    ++fills;
    if (fill) return fill(message);
    if (gathered.empty()) return false;
    message.mutable_numbers()->Add(gathered.begin(), gathered.end());
    gathered.clear();
    return true;
  }
  void OnStalled() override {
    if (on_stalled) on_stalled();
  }
  void OnDone() override {
    if (on_done) on_done();
  }

  Server& stream;
  std::vector<std::uint64_t> gathered;
  int messages = 0;
  int fills = 0;
  std::function<bool(const TalkRequest&)> on_message;
  std::function<void()> on_half_close;
  std::function<bool(TalkResponse&)> fill;
  std::function<void()> on_stalled;
  std::function<void()> on_done;
  std::function<void()> destroyed;
};

// Client ends. By default they collect what they are sent and send nothing.
struct Caller : ClientStreamHandler<TalkRequest, TalkResponse> {
  ~Caller() override {
    if (destroyed) destroyed();
  }
  bool OnMessage(TalkResponse&& message) override {
    return on_message ? on_message(message) : true;
  }
  bool Fill(TalkRequest& message) override { return fill ? fill(message) : false; }
  void OnDone(const Result<void>& result) override {
    if (on_done) on_done(result);
  }

  std::function<bool(const TalkResponse&)> on_message;
  std::function<bool(TalkRequest&)> fill;
  std::function<void(const Result<void>&)> on_done;
  std::function<void()> destroyed;
};

std::string Outcome(const Result<void>& result) {
  return result.ok() ? "OK" : result.error().reason;
}

class StreamTest : public testing::TestWithParam<Road> {
 protected:
  StreamTest() : stub_(EchoService::NewStub(echo_.Connect(GetParam()))) {
    echo_.talk = [](const CallContext&,
                    Server& stream) -> Result<std::unique_ptr<Server::Handler>> {
      return std::unique_ptr<Server::Handler>(new Talker(stream));
    };
  }

  // Runs on the client's loop.
  Client* Open(std::unique_ptr<Caller> caller, CallOptions options = {}) {
    if (options.token.empty()) options.token = token_;
    if (GetParam() == Road::kInProcess) options.gate = echo_.server->call_gate();
    return Client::Open(
        echo_.client_loop, options, std::move(caller),
        [&](auto* context, auto* reactor) { stub_->async()->Talk(context, reactor); });
  }
  // Opens a stream whose outcome is told to `done`.
  Client* OpenOne(Awaited<std::string>& done, std::function<void(Caller&)> configure = {},
                  CallOptions options = {}) {
    Client* client = nullptr;
    echo_.client_loop.Call([&] {
      auto caller = std::make_unique<Caller>();
      caller->on_done = [&](const Result<void>& result) { done.Set(Outcome(result)); };
      if (configure) configure(*caller);
      client = Open(std::move(caller), options);
    });
    return client;
  }
  // Serves with talkers that `configure` has prepared, on the server's loop. Set from there, so
  // that thread sanitizers see the order that gRPC's own locks give but hide from them.
  void Serve(std::function<void(Talker&)> configure) {
    echo_.server_loop.Call([&] {
      echo_.talk = [configure](const CallContext&,
                               Server& stream) -> Result<std::unique_ptr<Server::Handler>> {
        auto talker = std::make_unique<Talker>(stream);
        configure(*talker);
        return std::unique_ptr<Server::Handler>(std::move(talker));
      };
    });
  }
  // Ends every call and runs what it left on the loops, so that a test's locals may go.
  void Quiesce() {
    echo_.server->Shutdown(Duration{0});
    echo_.server_loop.Call([] {});
    echo_.client_loop.Call([] {});
  }

  EchoServer echo_;
  std::string token_ = echo_.Token();
  std::unique_ptr<EchoService::Stub> stub_;
};

TEST_P(StreamTest, EchoesInOrderAndEndsAfterTheHalfClose) {
  constexpr std::uint64_t kCountOf = 5'000;
  std::uint64_t sent = 0;
  std::vector<std::uint64_t> received;
  Awaited<std::string> done;
  Client* client = OpenOne(done, [&](Caller& caller) {
    caller.fill = [&](TalkRequest& message) {
      if (sent == kCountOf) return false;
      message.add_numbers(sent++);
      return true;
    };
    caller.on_message = [&](const TalkResponse& message) {
      received.insert(received.end(), message.numbers().begin(), message.numbers().end());
      return true;
    };
  });
  echo_.client_loop.Call([&] { client->HalfClose(); });
  EXPECT_EQ(done.Get(), "OK");
  ASSERT_EQ(received.size(), kCountOf);
  for (std::uint64_t i = 0; i < kCountOf; ++i) ASSERT_EQ(received[i], i);
}

TEST_P(StreamTest, ManyWakesInOneTurnOfTheLoopMakeOneMessage) {
  std::vector<int> sizes;
  Serve([&](Talker& talker) {
    for (std::uint64_t i = 0; i < 1'000; ++i) {
      talker.gathered.push_back(i);
      talker.stream.Wake();
    }
    talker.stream.Finish({});
  });
  Awaited<std::string> done;
  OpenOne(done, [&](Caller& caller) {
    caller.on_message = [&](const TalkResponse& message) {
      sizes.push_back(message.numbers_size());
      return true;
    };
  });
  EXPECT_EQ(done.Get(), "OK");
  EXPECT_EQ(sizes, std::vector<int>{1'000});
}

// The reader takes one message and stops; the writer's first large message is under way while a
// thousand pushes come, each in a turn of its own.
TEST_P(StreamTest, WhatGathersWhileASendIsBlockedGoesIntoOneMessage) {
  Talker* talker = nullptr;
  Awaited<int> serving;
  Serve([&](Talker& made) {
    talker = &made;
    made.fill = [&made](TalkResponse& message) {
      if (made.fills <= 2) return message.set_padding(std::string(3 << 20, 'x')), true;
      if (made.gathered.empty()) return false;
      message.mutable_numbers()->Add(made.gathered.begin(), made.gathered.end());
      made.gathered.clear();
      return true;
    };
    made.stream.Wake();
    serving.Set(0);
  });
  std::vector<int> sizes;
  bool reading = false;
  Awaited<std::string> done;
  Awaited<int> stopped;
  Client* client = OpenOne(done, [&](Caller& caller) {
    caller.on_message = [&](const TalkResponse& message) {
      if (message.padding().empty()) sizes.push_back(message.numbers_size());
      if (sizes.empty() && !reading)
        stopped.Set(0), reading = true;
      else
        return true;
      return false;
    };
  });
  serving.Get();
  stopped.Get();
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    echo_.server_loop.Call([&] {
      talker->gathered.push_back(i);
      talker->stream.Wake();
    });
  }
  echo_.server_loop.Call([&] { talker->stream.Finish({}); });
  echo_.client_loop.Call([&] { client->ReadNext(); });
  EXPECT_EQ(done.Get(), "OK");
  EXPECT_EQ(sizes, std::vector<int>{1'000});
}

TEST_P(StreamTest, AServerThatDoesNotReadHoldsTheClientBack) {
  Talker* talker = nullptr;
  Awaited<int> first;
  Serve([&](Talker& made) {
    talker = &made;
    made.on_message = [&](const TalkRequest&) {
      if (made.messages == 1) first.Set(0);
      return made.messages > 1;
    };
  });
  constexpr int kMessages = 40;
  int filled = 0;
  Awaited<std::string> done;
  Client* client = OpenOne(done, [&](Caller& caller) {
    caller.fill = [&](TalkRequest& message) {
      if (filled == kMessages) return false;
      ++filled;
      message.set_padding(std::string(1 << 20, 'x'));
      return true;
    };
  });
  echo_.client_loop.Call([&] { client->HalfClose(); });
  first.Get();
  // However long one waits, no more than the network's windows can have been sent.
  for (int i = 0; i < 200; ++i) echo_.client_loop.Call([] {});
  int held = 0;
  echo_.client_loop.Call([&] { held = filled; });
  EXPECT_LT(held, kMessages / 2);
  int messages = 0;
  echo_.server_loop.Call([&] {
    talker->on_done = [&] { messages = talker->messages; };
    talker->stream.ReadNext();
  });
  EXPECT_EQ(done.Get(), "OK");
  Quiesce();
  EXPECT_EQ(messages, kMessages);
}

TEST_P(StreamTest, AReadAskedForFromWithinAMessageWaitsForItsEnd) {
  std::vector<std::uint64_t> seen;
  Serve([&](Talker& talker) {
    talker.on_message = [&](const TalkRequest& message) {
      talker.stream.ReadNext();
      talker.stream.ReadNext();
      // The message is still whole after the next read was asked for.
      seen.push_back(message.numbers(0));
      return false;
    };
  });
  std::uint64_t sent = 0;
  Awaited<std::string> done;
  Client* client = OpenOne(done, [&](Caller& caller) {
    caller.fill = [&](TalkRequest& message) {
      if (sent == 500) return false;
      message.add_numbers(sent++);
      return true;
    };
  });
  echo_.client_loop.Call([&] { client->HalfClose(); });
  EXPECT_EQ(done.Get(), "OK");
  ASSERT_EQ(seen.size(), 500u);
  for (std::uint64_t i = 0; i < 500; ++i) EXPECT_EQ(seen[i], i);
}

TEST_P(StreamTest, TheServerGoesOnAfterTheHalfCloseUntilItFinishes) {
  Serve([](Talker& talker) {
    talker.on_half_close = [&talker] {
      talker.gathered = {7, 8};
      talker.stream.Finish({});
    };
  });
  std::vector<std::uint64_t> received;
  Awaited<std::string> done;
  Client* client = OpenOne(done, [&](Caller& caller) {
    caller.on_message = [&](const TalkResponse& message) {
      received.insert(received.end(), message.numbers().begin(), message.numbers().end());
      return true;
    };
  });
  echo_.client_loop.Call([&] { client->HalfClose(); });
  EXPECT_EQ(done.Get(), "OK");
  EXPECT_EQ(received, (std::vector<std::uint64_t>{7, 8}));
}

TEST_P(StreamTest, TheClientSeesTheServersErrorWithItsReasonAndNextStep) {
  Serve([](Talker& talker) {
    talker.stream.Finish(Error{Code::kResourceExhausted, "QUEUE_FULL", "queue billing is full",
                               "Wait 10 s — 等一下."});
    talker.stream.Finish({});  // the first one counts
  });
  Awaited<int> done;
  Error error;
  echo_.client_loop.Call([&] {
    auto caller = std::make_unique<Caller>();
    caller->on_done = [&](const Result<void>& result) {
      if (!result.ok()) error = result.error();
      done.Set(0);
    };
    Open(std::move(caller));
  });
  done.Get();
  EXPECT_EQ(error.code, Code::kResourceExhausted);
  EXPECT_EQ(error.reason, "QUEUE_FULL");
  EXPECT_EQ(error.message, "queue billing is full");
  EXPECT_EQ(error.next_step, "Wait 10 s — 等一下.");
}

TEST_P(StreamTest, AFactoryMayRefuse) {
  echo_.talk = [](const CallContext&, Server&) -> Result<std::unique_ptr<Server::Handler>> {
    return Error{Code::kNotFound, "UNKNOWN_DOMAIN", "no such domain", "Check the domain."};
  };
  Awaited<std::string> done;
  OpenOne(done);
  EXPECT_EQ(done.Get(), "UNKNOWN_DOMAIN");
}

TEST_P(StreamTest, NoHandlerIsMadeWithoutAGoodToken) {
  std::atomic<int> made = 0;
  Serve([&](Talker&) { ++made; });
  Awaited<std::string> expired, wrong_role, broken;
  OpenOne(expired, {}, {.token = echo_.Token(Role::kAgent, Duration{-60'000})});
  OpenOne(wrong_role, {}, {.token = echo_.Token(Role::kVisitor)});
  OpenOne(broken, {}, {.token = "x"});
  EXPECT_EQ(expired.Get(), "TOKEN_EXPIRED");
  EXPECT_EQ(wrong_role.Get(), "ROLE_NOT_ALLOWED");
  EXPECT_EQ(broken.Get(), "TOKEN_MALFORMED");
  Awaited<std::string> missing;
  token_ = "";
  OpenOne(missing);
  EXPECT_EQ(missing.Get(), "TOKEN_MISSING");
  EXPECT_EQ(made, 0);
}

TEST_P(StreamTest, AHandlerKnowsWhoCalls) {
  Awaited<CallContext> seen;
  echo_.server_loop.Call([&] {
    echo_.talk = [&](const CallContext& call,
                     Server& stream) -> Result<std::unique_ptr<Server::Handler>> {
      seen.Set(call);
      stream.Finish({});
      return std::unique_ptr<Server::Handler>(new Talker(stream));
    };
  });
  Awaited<std::string> done;
  OpenOne(done, {}, {.timeout = Duration{20'000}, .request_id = "r-1"});
  const auto call = seen.Get();
  EXPECT_EQ(call.claims.subject, "ann");
  EXPECT_EQ(call.claims.domain, DomainId("acme"));
  EXPECT_EQ(call.request_id, "r-1");
  EXPECT_TRUE(call.deadline.has_value());
  EXPECT_EQ(done.Get(), "OK");
}

TEST_P(StreamTest, AClientsCancelEndsBothSidesOnce) {
  Awaited<int> server_started, server_done;
  Serve([&](Talker& talker) {
    talker.on_done = [&] { server_done.Set(0); };
    server_started.Set(0);
  });
  Awaited<std::string> done;
  Client* client = OpenOne(done);
  server_started.Get();
  echo_.client_loop.Call([&] {
    client->Cancel();
    client->Cancel();
  });
  EXPECT_EQ(done.Get(), "RPC_CANCELLED");
  server_done.Get();
}

TEST_P(StreamTest, AClientThatDoesNotReadCanCancel) {
  Serve([](Talker& talker) {
    talker.fill = [](TalkResponse& message) {
      message.set_padding(std::string(1 << 20, 'x'));
      return true;
    };
    talker.stream.Wake();
  });
  Awaited<int> got;
  Awaited<std::string> done;
  Client* client = OpenOne(done, [&](Caller& caller) {
    caller.on_message = [&, first = true](const TalkResponse&) mutable {
      if (std::exchange(first, false)) got.Set(0);
      return false;
    };
  });
  got.Get();
  echo_.client_loop.Call([&] { client->Cancel(); });
  EXPECT_EQ(done.Get(), "RPC_CANCELLED");
}

TEST_P(StreamTest, AServersCancelDoesNotWaitForAPeerThatDoesNotRead) {
  Talker* talker = nullptr;
  Awaited<int> got, server_done;
  Serve([&](Talker& made) {
    talker = &made;
    made.fill = [](TalkResponse& message) {
      message.set_padding(std::string(1 << 20, 'x'));
      return true;
    };
    made.on_done = [&] { server_done.Set(0); };
    made.stream.Wake();
  });
  Awaited<std::string> done;
  Client* client = OpenOne(done, [&](Caller& caller) {
    caller.on_message = [&, first = true](const TalkResponse&) mutable {
      if (std::exchange(first, false)) got.Set(0);
      return false;
    };
  });
  got.Get();
  echo_.server_loop.Call([&] { talker->stream.Cancel(); });
  server_done.Get();
  echo_.client_loop.Call([&] {
    client->ReadNext();
    client->ReadNext();
  });
  // What was on its way may still be read; asking again and again comes to the end.
  echo_.client_loop.Call([&] { client->Cancel(); });
  EXPECT_EQ(done.Get(), "RPC_CANCELLED");
}

TEST_P(StreamTest, APeerThatTakesNothingForTheStallLimitIsCut) {
  Awaited<int> stalled, server_done;
  Serve([&](Talker& made) {
    made.fill = [](TalkResponse& message) {
      message.set_padding(std::string(1 << 20, 'x'));
      return true;
    };
    made.on_stalled = [&] { stalled.Set(0); };
    made.on_done = [&] { server_done.Set(0); };
    made.stream.SetStallLimit(Duration{50});
    made.stream.Wake();
  });
  Awaited<std::string> done;
  Client* client = OpenOne(
      done, [&](Caller& caller) { caller.on_message = [](const TalkResponse&) { return false; }; });
  stalled.Get();
  server_done.Get();
  echo_.client_loop.Call([&] { client->Cancel(); });
  EXPECT_EQ(done.Get(), "RPC_CANCELLED");
}

TEST_P(StreamTest, AnAbortDoesNotWaitForeverForAPeerThatTakesNothing) {
  Talker* talker = nullptr;
  Awaited<int> got, server_done;
  Serve([&](Talker& made) {
    talker = &made;
    made.fill = [](TalkResponse& message) {
      message.set_padding(std::string(1 << 20, 'x'));
      return true;
    };
    made.on_done = [&] { server_done.Set(0); };
    made.stream.SetLastMessageTime(Duration{50});
    made.stream.Wake();
  });
  Awaited<std::string> done;
  Client* client = OpenOne(done, [&](Caller& caller) {
    caller.on_message = [&, first = true](const TalkResponse&) mutable {
      if (std::exchange(first, false)) got.Set(0);
      return false;
    };
  });
  got.Get();
  // The second message is on its way, and stays there.
  for (int fills = 0; fills < 2; std::this_thread::yield()) {
    echo_.server_loop.Call([&] { fills = talker->fills; });
  }
  echo_.server_loop.Call([&] {
    talker->stream.Abort({Code::kResourceExhausted, "TOO_SLOW", "too slow", "Read faster."});
  });
  server_done.Get();
  echo_.client_loop.Call([&] { client->Cancel(); });
  EXPECT_EQ(done.Get(), "RPC_CANCELLED");
}

TEST_P(StreamTest, ADeadlineEndsBothSides) {
  Awaited<int> server_done;
  Serve([&](Talker& talker) { talker.on_done = [&] { server_done.Set(0); }; });
  Awaited<std::string> done;
  OpenOne(done, {}, {.timeout = Duration{150}});
  EXPECT_EQ(done.Get(), "RPC_DEADLINE_EXCEEDED");
  server_done.Get();
}

TEST_P(StreamTest, EndsWhenItsTokenDoes) {
  // Within the leeway a token still opens a stream, which then ends at once.
  Awaited<std::string> done;
  OpenOne(done, {}, {.token = echo_.Token(Role::kAgent, Duration{0})});
  EXPECT_EQ(done.Get(), "TOKEN_EXPIRED");
}

TEST_P(StreamTest, AnAbortAsksForNoMoreMessages) {
  Serve([](Talker& talker) {
    talker.fill = [&talker](TalkResponse& message) {
      if (talker.fills == 3)
        talker.stream.Abort({Code::kAborted, "REPLACED", "a newer one", "none"});
      message.add_numbers(1);
      return true;
    };
    talker.stream.Wake();
  });
  int messages = 0;
  Awaited<std::string> done;
  OpenOne(done, [&](Caller& caller) {
    caller.on_message = [&](const TalkResponse&) { return ++messages, true; };
  });
  EXPECT_EQ(done.Get(), "REPLACED");
  EXPECT_EQ(messages, 3);
}

TEST_P(StreamTest, AnAbandonedStreamDestroysItsHandlerAtOnceAndIsNeverHeardOfAgain) {
  std::atomic<int> server_made = 0, server_done = 0;
  Serve([&](Talker& talker) {
    ++server_made;
    talker.on_done = [&] { ++server_done; };
  });
  bool destroyed = false, told = false;
  echo_.client_loop.Call([&] {
    // One before anything was sent, one in a later turn of the loop.
    auto caller = std::make_unique<Caller>();
    caller->destroyed = [&] { destroyed = true; };
    caller->on_done = [&](const Result<void>&) { told = true; };
    Open(std::move(caller))->Abandon();
    EXPECT_TRUE(destroyed);
    auto second = std::make_unique<Caller>();
    second->on_done = [&](const Result<void>&) { told = true; };
    echo_.client_loop.Post([client = Open(std::move(second))] { client->Abandon(); });
  });
  Quiesce();
  EXPECT_FALSE(told);
  EXPECT_EQ(server_done, server_made);
}

TEST_P(StreamTest, ShutdownEndsLiveStreams) {
  constexpr int kStreams = 20;
  std::atomic<int> started = 0, server_done = 0;
  Awaited<int> all_started;
  Serve([&](Talker& talker) {
    talker.on_done = [&] { ++server_done; };
    if (++started == kStreams) all_started.Set(0);
  });
  std::vector<Awaited<std::string>> done(kStreams);
  for (auto& one : done) OpenOne(one);
  all_started.Get();
  echo_.server->Shutdown(Duration{0});
  for (auto& one : done) EXPECT_NE(one.Get(), "OK");
  echo_.server_loop.Call([] {});
  EXPECT_EQ(server_done, kStreams);
}

// gRPC cuts its in-process transport at once, so there is no grace there to keep.
class TcpStreamTest : public StreamTest {};

TEST_P(TcpStreamTest, ShutdownLetsStreamsFinishWithinTheGrace) {
  Talker* talker = nullptr;
  Awaited<int> started, stopped;
  Serve([&](Talker& made) {
    talker = &made;
    started.Set(0);
  });
  Awaited<std::string> done;
  OpenOne(done);
  started.Get();
  echo_.server_loop.Call([&] {
    echo_.server->ShutdownThen(echo_.server_loop, Duration{20'000}, [&] { stopped.Set(0); });
    talker->stream.Finish({});
  });
  EXPECT_EQ(done.Get(), "OK");
  stopped.Get();
}

TEST_P(StreamTest, AServerThatIsNotThereIsAnErrorToRetry) {
  echo_.server->Shutdown(Duration{0});
  Awaited<std::string> done;
  OpenOne(done, {}, {.timeout = Duration{5'000}});
  const auto outcome = done.Get();
  EXPECT_TRUE(outcome == "RPC_UNAVAILABLE" || outcome == "SERVER_STOPPED") << outcome;
}

TEST_P(StreamTest, ACallToAServerThatIsNotThereCanBeCancelled) {
  echo_.server->Shutdown(Duration{0});
  Awaited<std::string> done;
  Client* client = OpenOne(done);
  echo_.client_loop.Call([&] { client->Cancel(); });
  EXPECT_NE(done.Get(), "OK");
}

// Many streams at once, each side doing what a seeded generator says: echo, stall, half-close,
// finish, fail, cancel, abandon. Every handler must be done exactly once and destroyed.
TEST_P(StreamTest, SurvivesAStormOfRandomEnds) {
  constexpr int kStreams = 400;
  std::mt19937 server_dice(1), client_dice(2);
  std::atomic<int> server_made = 0, server_done = 0, server_destroyed = 0;
  std::atomic<int> client_ended = 0, client_destroyed = 0, abandoned = 0;
  Serve([&](Talker& talker) {
    ++server_made;
    talker.on_done = [&] { ++server_done; };
    talker.destroyed = [&] { ++server_destroyed; };
    talker.on_message = [&](const TalkRequest& message) {
      switch (server_dice() % 12) {
        case 0:
          talker.stream.Finish({});
          break;
        case 1:
          talker.stream.Finish(Error{Code::kAborted, "STORM", "storm", "none"});
          break;
        case 2:
          talker.stream.Cancel();
          break;
        case 3:
          echo_.server_loop.Post([] {});
          talker.stream.ReadNext();
          return false;
        default:
          talker.gathered.insert(talker.gathered.end(), message.numbers().begin(),
                                 message.numbers().end());
          talker.stream.Wake();
      }
      return true;
    };
  });
  Awaited<int> all;
  std::function<void(int)> open = [&](int left) {
    if (left == 0) return;
    auto caller = std::make_unique<Caller>();
    auto* raw = caller.get();
    auto client = std::make_shared<Client*>(nullptr);
    const auto ended = [&] {
      if (++client_ended == kStreams) all.Set(0);
    };
    caller->destroyed = [&] { ++client_destroyed; };
    caller->on_done = [ended](const Result<void>&) { ended(); };
    raw->fill = [&, client, ended, sent = 0](TalkRequest& message) mutable {
      switch (client_dice() % 16) {
        case 0:
          (*client)->Cancel();
          return false;
        case 1:
          (*client)->HalfClose();
          return false;
        case 2:
          echo_.client_loop.Post([&, stream = *client, ended, live = client] {
            if (*live == nullptr) return;
            *live = nullptr;
            ++abandoned;
            stream->Abandon();
            ended();
          });
          return false;
        default:
          message.add_numbers(static_cast<std::uint64_t>(sent++));
          message.set_padding(std::string(client_dice() % 3'000, 'x'));
          return true;
      }
    };
    raw->on_message = [&, client](const TalkResponse&) {
      if (client_dice() % 8 == 0) (*client)->ReadNext();
      return true;
    };
    raw->on_done = [client, ended](const Result<void>&) {
      *client = nullptr;
      ended();
    };
    *client = Open(std::move(caller));
    echo_.client_loop.Post([&open, left] { open(left - 1); });
  };
  echo_.client_loop.Post([&] { open(kStreams); });
  all.Get();
  Quiesce();
  EXPECT_EQ(client_ended, kStreams);
  EXPECT_EQ(client_destroyed, kStreams);
  EXPECT_EQ(server_done, server_made);
  EXPECT_EQ(server_destroyed, server_made);
  EXPECT_GT(abandoned, 0);
  EXPECT_GT(server_made, kStreams / 4);
}

// ---- server streams

struct Counter : FeedHandler<CountResponse> {
  Counter(std::uint64_t first, std::uint64_t last) : next(first), end(last) {}
  bool Fill(CountResponse& message) override {
    for (int i = 0; i < 10 && next <= end; ++i) message.add_numbers(next++);
    if (next > end && finished) finished();
    return message.numbers_size() > 0;
  }
  void OnDone() override {
    if (on_done) on_done();
  }

  std::uint64_t next, end;
  std::function<void()> finished, on_done;
};

struct Listener : ClientFeedHandler<CountResponse> {
  bool OnMessage(CountResponse&& message) override { return on_message(message); }
  void OnDone(const Result<void>& result) override { on_done(result); }
  std::function<bool(const CountResponse&)> on_message;
  std::function<void(const Result<void>&)> on_done;
};

class FeedTest : public StreamTest {
 protected:
  FeedTest() {
    echo_.count = [this](const CallContext&, const CountRequest& request,
                         ServerFeed<CountResponse>& feed)
        -> Result<std::unique_ptr<FeedHandler<CountResponse>>> {
      auto counter = std::make_unique<Counter>(request.first(), request.last());
      if (!endless_) counter->finished = [&feed] { feed.Finish({}); };
      counter->on_done = [this] { server_done_.Set(0); };
      return std::unique_ptr<FeedHandler<CountResponse>>(std::move(counter));
    };
  }
  ClientFeed<CountResponse>* OpenFeed(std::unique_ptr<Listener> listener, std::uint64_t last) {
    echo_.server_loop.Call([] {});  // as in Serve()
    CountRequest request;
    request.set_first(1);
    request.set_last(last);
    return ClientFeed<CountResponse>::Open(
        echo_.client_loop, {.token = token_}, std::move(listener),
        [&](auto* context, auto* reactor) { stub_->async()->Count(context, &request, reactor); });
  }

  bool endless_ = false;
  Awaited<int> server_done_;
};

TEST_P(FeedTest, DeliversEverythingInOrderToASlowReader) {
  std::vector<std::uint64_t> received;
  Awaited<std::string> done;
  ClientFeed<CountResponse>* feed = nullptr;
  echo_.client_loop.Call([&] {
    auto listener = std::make_unique<Listener>();
    listener->on_message = [&](const CountResponse& message) {
      received.insert(received.end(), message.numbers().begin(), message.numbers().end());
      echo_.client_loop.Post([&] { feed->ReadNext(); });
      return false;
    };
    listener->on_done = [&](const Result<void>& result) { done.Set(Outcome(result)); };
    feed = OpenFeed(std::move(listener), 1'000);
  });
  EXPECT_EQ(done.Get(), "OK");
  ASSERT_EQ(received.size(), 1'000u);
  for (std::uint64_t i = 0; i < 1'000; ++i) ASSERT_EQ(received[i], i + 1);
  server_done_.Get();
}

TEST_P(FeedTest, AQuietFeedEndsWhenTheClientCancels) {
  endless_ = true;
  Awaited<std::string> done;
  Awaited<int> got;
  ClientFeed<CountResponse>* feed = nullptr;
  echo_.client_loop.Call([&] {
    auto listener = std::make_unique<Listener>();
    listener->on_message = [&](const CountResponse&) { return got.Set(0), true; };
    listener->on_done = [&](const Result<void>& result) { done.Set(Outcome(result)); };
    feed = OpenFeed(std::move(listener), 5);
  });
  got.Get();
  echo_.client_loop.Call([&] { feed->Cancel(); });
  EXPECT_EQ(done.Get(), "RPC_CANCELLED");
  server_done_.Get();
}

TEST_P(FeedTest, IsRefusedWithoutAToken) {
  token_ = "";
  Awaited<std::string> done;
  echo_.client_loop.Call([&] {
    auto listener = std::make_unique<Listener>();
    listener->on_message = [](const CountResponse&) { return true; };
    listener->on_done = [&](const Result<void>& result) { done.Set(Outcome(result)); };
    OpenFeed(std::move(listener), 5);
  });
  EXPECT_EQ(done.Get(), "TOKEN_MISSING");
}

std::string RoadName(const testing::TestParamInfo<Road>& test) {
  return test.param == Road::kTcp ? "Tcp" : "InProcess";
}
INSTANTIATE_TEST_SUITE_P(Roads, StreamTest, testing::Values(Road::kTcp, Road::kInProcess),
                         RoadName);
INSTANTIATE_TEST_SUITE_P(Roads, TcpStreamTest, testing::Values(Road::kTcp), RoadName);
INSTANTIATE_TEST_SUITE_P(Roads, FeedTest, testing::Values(Road::kTcp, Road::kInProcess), RoadName);

}  // namespace
}  // namespace usher::io
