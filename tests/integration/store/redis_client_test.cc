// SPDX-License-Identifier: Apache-2.0
#include "router/store/redis_client.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/store/store_fixture.h"

namespace usher::store {
namespace {

using RedisClientTest = StoreTest;

TEST_F(RedisClientTest, AnswersInTheOrderOfTheCalls) {
  io::EventLoop loop;
  loop.Start("redis");
  Arrival<bool> all;
  std::vector<std::int64_t> answers;
  std::unique_ptr<RedisClient> client;
  RedisClientOptions options;
  options.address = redis_->address();
  options.on_connected = [&](const ServerFacts& facts) {
    EXPECT_TRUE(facts.append_only);
    for (int i = 0; i < 5'000; ++i) {
      client->Call({"INCR", "n"}, [&](Result<RedisReply> reply) {
        answers.push_back(reply->integer());
        if (answers.size() == 5'000) all.Set(true);
      });
    }
    EXPECT_EQ(client->CallsOutstanding(), 5'000u);
  };
  loop.Call([&] {
    client = std::make_unique<RedisClient>(loop, options);
    client->Start();
  });
  all.Wait();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_EQ(answers[i], static_cast<std::int64_t>(i + 1));
  }
  loop.Call([&] { client.reset(); });
}

TEST_F(RedisClientTest, KeepsBinaryValuesAndNestedArrays) {
  WaitingClient redis(redis_->address());
  const std::string binary("a\0\r\n\xff", 5);
  redis.Call({"SET", "k", binary});
  EXPECT_EQ(redis.Call({"GET", "k"}).text(), binary);
  const RedisReply nested = redis.Call({"EVAL", "return {1,{2,{'x'}},false}", "0"});
  EXPECT_EQ(nested.At(1).At(1).At(0).text(), "x");
  EXPECT_TRUE(nested.At(2).IsNil());
}

TEST_F(RedisClientTest, AnErrorOfRedisIsAReply) {
  WaitingClient redis(redis_->address());
  redis.Call({"SET", "k", "text"});
  const RedisReply reply = redis.Call({"LPUSH", "k", "x"});
  EXPECT_TRUE(reply.IsError());
  EXPECT_EQ(reply.ErrorWord(), "WRONGTYPE");
  EXPECT_EQ(ToError(reply, "LPUSH").reason, "REDIS_ERROR");
  EXPECT_TRUE(IsFunctionMissing(redis.Call({"FCALL", "nothing_like_it", "0"})));
}

TEST_F(RedisClientTest, ACallUnderWayWhenTheServerDiesIsAnsweredAsUnknown) {
  WaitingClient redis(redis_->address());
  Arrival<Result<RedisReply>> answer;
  std::thread blocked([&] { answer.Set(redis.TryCall({"BLPOP", "nothing", "0"})); });
  WaitingClient other(redis_->address());
  while (other.Call({"INFO", "clients"}).text().find("blocked_clients:1") ==
         std::string_view::npos) {
  }
  kill(redis_->pid(), SIGKILL);
  const Result<RedisReply> reply = answer.Wait();
  blocked.join();
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().reason, "REDIS_LOST");
  EXPECT_EQ(reply.error().code, Code::kUnavailable);
}

TEST_F(RedisClientTest, ReconnectsAndTellsOfANewHistory) {
  io::EventLoop loop;
  loop.Start("redis");
  Arrival<ServerFacts> first;
  Arrival<ServerFacts> second;
  Arrival<Error> lost;
  std::atomic<int> connects = 0;
  std::unique_ptr<RedisClient> client;
  RedisClientOptions options;
  options.address = redis_->address();
  options.on_connected = [&](const ServerFacts& facts) {
    ++connects == 1 ? first.Set(facts) : second.Set(facts);
  };
  options.on_lost = [&](const Error& error) { lost.Set(error); };
  loop.Call([&] {
    client = std::make_unique<RedisClient>(loop, options);
    client->Start();
  });
  const ServerFacts before = first.Wait();
  kill(redis_->pid(), SIGKILL);
  EXPECT_EQ(lost.Wait().reason, "REDIS_LOST");
  const ServerFacts after = second.Wait();
  EXPECT_NE(after.run_id, before.run_id);
  EXPECT_NE(after.replication_id, before.replication_id);
  loop.Call([&] { client.reset(); });
}

TEST_F(RedisClientTest, AServerThatStopsAnsweringIsGivenUp) {
  io::EventLoop loop;
  loop.Start("redis");
  Arrival<bool> connected;
  Arrival<Result<RedisReply>> answer;
  std::unique_ptr<RedisClient> client;
  RedisClientOptions options;
  options.address = redis_->address();
  options.reply_timeout = Duration{100};
  options.on_connected = [&](const ServerFacts&) { connected.Set(true); };
  loop.Call([&] {
    client = std::make_unique<RedisClient>(loop, options);
    client->Start();
  });
  connected.Wait();
  kill(redis_->pid(), SIGSTOP);
  loop.Call([&] {
    client->Call({"PING"}, [&](Result<RedisReply> reply) { answer.Set(std::move(reply)); });
  });
  const Result<RedisReply> reply = answer.Wait();
  kill(redis_->pid(), SIGCONT);
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().reason, "REDIS_LOST");
  loop.Call([&] { client.reset(); });
}

TEST_F(RedisClientTest, BeyondTheBoundACallIsRefusedAndTheOthersStand) {
  io::EventLoop loop;
  loop.Start("redis");
  Arrival<Error> refused;
  Arrival<bool> second;
  std::unique_ptr<RedisClient> client;
  RedisClientOptions options;
  options.address = redis_->address();
  options.calls_outstanding_max = 2;
  options.on_connected = [&](const ServerFacts&) {
    client->Call({"PING"}, [](Result<RedisReply>) {});
    client->Call({"PING"}, [&](Result<RedisReply> reply) { second.Set(reply.ok()); });
    client->Call({"PING"}, [&](Result<RedisReply> reply) { refused.Set(reply.error()); });
  };
  loop.Call([&] {
    client = std::make_unique<RedisClient>(loop, options);
    client->Start();
  });
  EXPECT_EQ(refused.Wait().reason, "REDIS_BUSY");
  EXPECT_TRUE(second.Wait());
  loop.Call([&] { client.reset(); });
}

TEST_F(RedisClientTest, LogsInAsAnAclUserAndNamesAWrongPassword) {
  WaitingClient admin(redis_->address());
  admin.Call({"ACL", "SETUSER", "usher", "on", ">s3cret", "~*", "+@all"});
  RedisAddress address = redis_->address();
  address.user = "usher";
  address.password = "s3cret";
  WaitingClient user(address);
  EXPECT_EQ(user.Call({"ACL", "WHOAMI"}).text(), "usher");

  io::EventLoop loop;
  loop.Start("redis");
  Arrival<Error> refused;
  std::unique_ptr<RedisClient> client;
  RedisClientOptions options;
  options.address = address;
  options.address.password = "wrong";
  options.on_refused = [&](const Error& error) { refused.Set(error); };
  loop.Call([&] {
    client = std::make_unique<RedisClient>(loop, options);
    client->Start();
  });
  const Error error = refused.Wait();
  EXPECT_EQ(error.reason, "REDIS_AUTH");
  EXPECT_EQ(error.message.find("wrong"), std::string::npos);
  loop.Call([&] { client.reset(); });
}

TEST_F(RedisClientTest, ARefusedServerIsTakenOnceItIsMended) {
  WaitingClient admin(redis_->address());
  admin.Call({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  io::EventLoop loop;
  loop.Start("redis");
  Arrival<Error> refused;
  Arrival<bool> connected;
  std::unique_ptr<RedisClient> client;
  RedisClientOptions options;
  options.address = redis_->address();
  options.backoff_max = Duration{20};
  options.on_refused = [&](const Error& error) { refused.Set(error); };
  options.on_connected = [&](const ServerFacts&) { connected.Set(true); };
  loop.Call([&] {
    client = std::make_unique<RedisClient>(loop, options);
    client->Start();
  });
  EXPECT_EQ(refused.Wait().reason, "REDIS_EVICTS");
  admin.Call({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  EXPECT_TRUE(connected.Wait());
  loop.Call([&] { client.reset(); });
}

// Redis ends a connection that sends more than it takes at once: here in the middle of a library.
TEST_F(RedisClientTest, AConnectionThatEndsWhileLibrariesAreLoadedIsDialledAgain) {
  WaitingClient redis(redis_->address());
  redis.Call({"CONFIG", "SET", "client-query-buffer-limit", "1mb"});
  io::EventLoop loop;
  loop.Start("redis");
  Arrival<bool> connected;
  std::atomic<int> refused = 0;
  std::unique_ptr<RedisClient> client;
  RedisClientOptions options;
  options.address = redis_->address();
  options.libraries = {{"big", "#!lua name=big\n--" + std::string(3 << 20, 'x') +
                                   "\nredis.register_function('big', function() end)\n"}};
  options.on_connected = [&](const ServerFacts&) { connected.Set(true); };
  options.on_refused = [&](const Error&) { ++refused; };
  loop.Call([&] {
    client = std::make_unique<RedisClient>(loop, options);
    client->Start();
  });
  const auto connections = [&] {
    const std::string info(redis.Call({"INFO", "stats"}).text());
    return std::stoi(info.substr(info.find("total_connections_received:") + 27));
  };
  const int before = connections();
  while (connections() < before + 3) {
  }
  redis.Call({"CONFIG", "SET", "client-query-buffer-limit", "1gb"});
  connected.Wait();
  EXPECT_EQ(refused, 0);
  loop.Call([&] { client.reset(); });
}

TEST(RedisClientAloneTest, CallsFailWhileNobodyListens) {
  const TempDir dir;
  io::EventLoop loop;
  loop.Start("redis");
  Arrival<Error> answer;
  std::unique_ptr<RedisClient> client;
  RedisClientOptions options;
  options.address.unix_path = dir.path() / "nobody.sock";
  loop.Call([&] {
    client = std::make_unique<RedisClient>(loop, options);
    client->Start();
    client->Call({"PING"}, [&](Result<RedisReply> reply) { answer.Set(reply.error()); });
  });
  EXPECT_EQ(answer.Wait().reason, "REDIS_UNREACHABLE");
  loop.Call([&] { client.reset(); });
}

}  // namespace
}  // namespace usher::store
