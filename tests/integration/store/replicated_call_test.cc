// SPDX-License-Identifier: Apache-2.0
#include "router/store/replicated_call.h"

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/io/event_loop.h"
#include "router/store/redis_keyspace.h"
#include "tests/integration/store/redis_process.h"
#include "tests/integration/store/store_fixture.h"

namespace usher::store {
namespace {

// For a replica that will not confirm anything.
constexpr ReplicaWait kShortly{.replicas = 1, .at_most = Duration{300}};

// A primary with one replica, and a keyspace whose writes wait for it.
class ReplicatedCallTest : public testing::Test {
 protected:
  void SetUp() override {
    primary_ = Started("primary");
    replica_ = Started("replica");
    WaitingClient replica(replica_->address(), ServerUse::kAsk);
    replica.Call({"REPLICAOF", "127.0.0.1", std::to_string(primary_->port())});
    WaitingClient primary(primary_->address(), ServerUse::kAsk);
    Eventually(
        [&] {
          return primary.Call({"INFO", "replication"}).text().find("state=online") !=
                 std::string_view::npos;
        },
        "it replicates");
    loop_.Start("keys");
    Open({.replicas = 1, .at_most = kPatience});
  }
  void TearDown() override {
    replica_->Kill(SIGCONT);
    loop_.Call([this] { keys_.reset(); });
  }

  void Open(const ReplicaWait& wait) {
    loop_.Call([&] {
      RedisKeyspaceOptions options;
      options.target.addresses = {primary_->address()};
      options.replica_wait = wait;
      keys_ = MakeKeyspace(loop_, std::move(options), nullptr);
    });
    Eventually([&] { return Call({"GET", "usher:{acme}:k"}).ok(); }, "the keyspace is connected");
  }

  std::unique_ptr<RedisProcess> Started(const std::string& name) {
    RedisProcess::Options options;
    options.dir = dir_.path() / name;
    std::filesystem::create_directories(options.dir);
    options.arguments = {"--appendonly", "yes", "--repl-diskless-sync-delay", "0"};
    auto redis = std::make_unique<RedisProcess>(std::move(options));
    redis->Start();
    return redis;
  }

  Result<RedisReply> Call(const std::vector<std::string>& words) {
    auto arrival = std::make_shared<Arrival<Result<RedisReply>>>();
    loop_.Call([&] {
      const std::vector<std::string_view> arguments(words.begin(), words.end());
      keys_->Call(arguments,
                  [arrival](Result<RedisReply> reply) { arrival->Set(std::move(reply)); });
    });
    return arrival->Wait();
  }
  // Until the keyspace, which makes its connection anew after a shortage, is there again.
  Result<RedisReply> CallConnected(const std::vector<std::string>& words) {
    Eventually([&] { return Call({"GET", "usher:{acme}:k"}).ok(); }, "the keyspace is connected");
    return Call(words);
  }

  const TempDir dir_;
  std::unique_ptr<RedisProcess> primary_;
  std::unique_ptr<RedisProcess> replica_;
  io::EventLoop loop_;
  std::unique_ptr<RedisKeyspace> keys_;
};

TEST_F(ReplicatedCallTest, AWriteIsAnsweredWhenTheReplicaHasIt) {
  const Result<RedisReply> written = Call({"SET", "usher:{acme}:k", "v"});
  ASSERT_TRUE(written.ok()) << written.error().message;
  EXPECT_EQ(written->text(), "OK");
  WaitingClient replica(replica_->address(), ServerUse::kAsk);
  EXPECT_EQ(replica.Call({"GET", "usher:{acme}:k"}).text(), "v");
}

TEST_F(ReplicatedCallTest, WhatTheReplicaDoesNotConfirmIsNotAcknowledgedAndReadsGoOn) {
  Open(kShortly);
  replica_->Kill(SIGSTOP);
  const Result<RedisReply> written = Call({"SET", "usher:{acme}:k", "v"});
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().reason, "NOT_REPLICATED");
  const Result<RedisReply> read = CallConnected({"GET", "usher:{acme}:k"});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->text(), "v");  // it is there, and nobody was told so
}

// The first try may have been carried out: its repetition changes nothing, and must not count
// before the replica has what the first wrote.
TEST_F(ReplicatedCallTest, ARepetitionThatChangesNothingWaitsForTheFirst) {
  Open(kShortly);
  replica_->Kill(SIGSTOP);
  ASSERT_FALSE(Call({"SET", "usher:{acme}:k", "v", "NX"}).ok());
  const Result<RedisReply> again = CallConnected({"SET", "usher:{acme}:k", "v", "NX"});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason, "NOT_REPLICATED");
  replica_->Kill(SIGCONT);
  Eventually([&] { return Call({"SET", "usher:{acme}:k", "v", "NX"}).ok(); }, "it is confirmed");
  WaitingClient replica(replica_->address(), ServerUse::kAsk);
  EXPECT_EQ(replica.Call({"GET", "usher:{acme}:k"}).text(), "v");
}

TEST_F(ReplicatedCallTest, AnErrorOfRedisIsToldAtOnce) {
  replica_->Kill(SIGSTOP);
  const Result<RedisReply> refused = Call({"HSET", "usher:{acme}:k", "odd"});
  ASSERT_TRUE(refused.ok());
  EXPECT_TRUE(refused->IsError());
}

TEST(IsWriteTest, KnowsWhatOnlyReads) {
  EXPECT_FALSE(IsWrite("GET"));
  EXPECT_FALSE(IsWrite("ZREVRANGE"));
  EXPECT_TRUE(IsWrite("FCALL"));
  EXPECT_TRUE(IsWrite("SET"));
}

}  // namespace
}  // namespace usher::store
