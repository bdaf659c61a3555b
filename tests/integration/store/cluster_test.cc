// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "router/store/keys.h"
#include "router/store/redis_keyspace.h"
#include "router/store/redis_slot.h"
#include "tests/integration/store/acknowledged_load.h"
#include "tests/integration/store/redis_cluster.h"

namespace usher::store {
namespace {

// A keyspace whose calls wait for their answers, on a loop of its own.
class WaitingKeyspace {
 public:
  explicit WaitingKeyspace(const RedisTarget& target, Duration patience = kPatience) {
    loop_.Start("keys");
    loop_.Call([&] {
      RedisKeyspaceOptions options;
      options.target = target;
      options.patience = patience;
      keys_ = MakeKeyspace(loop_, std::move(options), MakeLocator(loop_, target));
    });
  }
  ~WaitingKeyspace() {
    loop_.Call([this] { keys_.reset(); });
  }

  Result<RedisReply> Call(const std::vector<std::string>& words) {
    auto arrival = std::make_shared<Arrival<Result<RedisReply>>>();
    Start(words, [arrival](Result<RedisReply> reply) { arrival->Set(std::move(reply)); });
    return arrival->Wait();
  }
  void Start(const std::vector<std::string>& words, RedisClient::ReplyCallback callback) {
    loop_.Call([&] {
      const std::vector<std::string_view> arguments(words.begin(), words.end());
      keys_->Call(arguments, std::move(callback));
    });
  }
  bool IsConnected() {
    bool connected = false;
    loop_.Call([&] { connected = keys_->IsConnected(); });
    return connected;
  }

 private:
  io::EventLoop loop_;
  std::unique_ptr<RedisKeyspace> keys_;
};

class ClusterTest : public testing::Test {
 protected:
  void Start(int replicas, std::vector<std::string> server_arguments = {}) {
    server_arguments.insert(server_arguments.end(), {"--aclfile", WriteAclFile(dir_.path())});
    RedisCluster::Options options;
    options.dir = dir_.path();
    options.replicas = replicas;
    options.server_arguments = std::move(server_arguments);
    redis_ = std::make_unique<RedisCluster>(std::move(options));
  }

  static DomainStoreOptions Options(Durability durability) {
    DomainStoreOptions options;
    options.domain = DomainId{"acme"};
    options.router_id = "r1";
    options.durability = durability;
    options.reconnect_within = kPatience;  // so that the cluster alone decides what happens
    return options;
  }

  // Moves a slot with its keys, as redis-cli --cluster reshard does; `between` runs when half of
  // the keys have moved.
  void MoveSlot(std::uint16_t slot, std::size_t from, std::size_t to,
                const std::function<void()>& between = {}) {
    const std::string number = std::to_string(slot);
    const auto id = [this](std::size_t index) {
      return std::string(redis_->client(index).Call({"CLUSTER", "MYID"}).text());
    };
    const std::string source = id(from);
    const std::string target = id(to);
    redis_->client(to).Call({"CLUSTER", "SETSLOT", number, "IMPORTING", source});
    redis_->client(from).Call({"CLUSTER", "SETSLOT", number, "MIGRATING", target});
    const RedisReply keys = redis_->client(from).Call({"CLUSTER", "GETKEYSINSLOT", number, "1000"});
    for (std::size_t i = 0; i < keys.items().size(); ++i) {
      if (i == keys.items().size() / 2 && between) between();
      const RedisReply moved = redis_->client(from).Call(
          {"MIGRATE", "127.0.0.1", std::to_string(redis_->node(to).port()),
           std::string(keys.At(i).text()), "0", "5000"});
      EXPECT_FALSE(moved.IsError()) << moved.text();
    }
    if (keys.items().empty() && between) between();
    for (const std::size_t index : {to, from}) {
      redis_->client(index).Call({"CLUSTER", "SETSLOT", number, "NODE", target});
    }
  }

  RedisTarget Target() const { return AsAclUser(redis_->Target()); }

  const TempDir dir_;
  std::unique_ptr<RedisCluster> redis_;
};

TEST_F(ClusterTest, KeysSpreadOverTheNodesAndAreFoundAgain) {
  Start(0);
  WaitingKeyspace keys(Target());
  for (int i = 0; i < 60; ++i) {
    const std::string key = "usher:{acme/cu_" + std::to_string(i) + "}:record";
    EXPECT_EQ(keys.Call({"SET", key, std::to_string(i)})->text(), "OK");
  }
  for (int i = 0; i < 60; ++i) {
    const std::string key = "usher:{acme/cu_" + std::to_string(i) + "}:record";
    EXPECT_EQ(keys.Call({"GET", key})->text(), std::to_string(i));
  }
  for (std::size_t i = 0; i < redis_->size(); ++i) {
    EXPECT_GT(redis_->client(i).Call({"DBSIZE"}).integer(), 5) << "node " << i;
  }
  EXPECT_TRUE(keys.IsConnected());
}

// One call after the other, while the slot that they belong to is on its way: each is carried out
// once, in its order, wherever the key is by then.
TEST_F(ClusterTest, CallsFollowASlotThatMoves) {
  Start(0);
  WaitingKeyspace keys(Target());
  const std::string key = "usher:{acme/cu_1}:count";
  const std::string other = "usher:{acme/cu_1}:other";
  const std::uint16_t slot = SlotOfKey(key);
  EXPECT_EQ(keys.Call({"HINCRBY", key, "n", "1"})->integer(), 1);
  EXPECT_EQ(keys.Call({"SET", other, "x"})->text(), "OK");
  const std::size_t from = redis_->NodeOf(key);
  const std::size_t to = (from + 1) % redis_->size();

  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> done = 0;
  std::int64_t wrong = 0;
  std::thread counting([&] {
    while (!stop) {
      const Result<RedisReply> reply = keys.Call({"HINCRBY", key, "n", "1"});
      if (!reply.ok() || reply->integer() != done + 2) ++wrong;
      ++done;
    }
  });
  const auto go_on = [&] {
    const std::int64_t before = done;
    Eventually([&] { return done > before + 20; }, "calls go on");
  };
  go_on();
  MoveSlot(slot, from, to, [&] {
    go_on();
    // A key that is not there yet is asked of the new node only.
    EXPECT_EQ(keys.Call({"SET", "usher:{acme/cu_1}:new", "y"})->text(), "OK");
  });
  go_on();
  stop = true;
  counting.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(redis_->NodeOf(key), to);
  EXPECT_EQ(redis_->client(to).Call({"HGET", key, "n"}).text(), std::to_string(done + 1));
  EXPECT_EQ(keys.Call({"GET", other})->text(), "x");
  EXPECT_EQ(keys.Call({"GET", "usher:{acme/cu_1}:new"})->text(), "y");
}

// A call of several keys has to wait until all of them are on one side.
TEST_F(ClusterTest, ACallOfKeysOnBothSidesWaitsForTheMove) {
  Start(0);
  WaitingKeyspace keys(Target());
  const std::string one = "usher:{acme/cu_1}:one";
  const std::string two = "usher:{acme/cu_1}:two";
  for (const std::string& key : {one, two}) EXPECT_EQ(keys.Call({"SET", key, "v"})->text(), "OK");
  const std::size_t from = redis_->NodeOf(one);
  Arrival<Result<RedisReply>> both;
  MoveSlot(SlotOfKey(one), from, (from + 1) % redis_->size(), [&] {
    keys.Start({"MGET", one, two}, [&](Result<RedisReply> reply) { both.Set(std::move(reply)); });
  });
  const Result<RedisReply> reply = both.Wait();
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->At(0).text(), "v");
  EXPECT_EQ(reply->At(1).text(), "v");
}

TEST_F(ClusterTest, WhatANodeHasWaitsForItAndFailsWhenItStaysAway) {
  Start(0, {"--cluster-require-full-coverage", "no"});
  WaitingKeyspace keys(Target(), Duration{300});
  const std::string here = "usher:{acme/cu_1}:record";
  EXPECT_EQ(keys.Call({"SET", here, "v"})->text(), "OK");
  const std::size_t gone = redis_->NodeOf(here);
  std::string elsewhere;
  for (int i = 0; elsewhere.empty(); ++i) {
    const std::string key = "usher:{acme/cu_x" + std::to_string(i) + "}:record";
    if (redis_->NodeOf(key) != gone) elsewhere = key;
  }
  redis_->Kill(gone);
  Eventually(
      [&] {
        const Result<RedisReply> reply = keys.Call({"GET", here});
        return !reply.ok() && reply.error().reason == "REDIS_UNREACHABLE";
      },
      "the call fails");
  EXPECT_FALSE(keys.IsConnected());
  Eventually(
      [&] {
        const Result<RedisReply> reply = keys.Call({"SET", elsewhere, "v"});
        return reply.ok() && reply->text() == "OK";
      },
      "other slots are served");
  redis_->Return(gone);
  Eventually(
      [&] {
        const Result<RedisReply> reply = keys.Call({"GET", here});
        return reply.ok() && reply->text() == "v";
      },
      "it is served again");
}

TEST_F(ClusterTest, AFailoverUnderLoadLosesNoAcknowledgedCommit) {
  Start(1);
  WaitingStore store(Options(Durability::kReplicated), Target());
  const LoadedState first = LoadEventually(store);
  AcknowledgedLoad load(store);
  load.WaitFor(300);
  const std::string lease = Keys(DomainId{"acme"}).Lease();
  const std::size_t old = redis_->NodeOf(lease);
  redis_->Kill(old);
  EXPECT_EQ(store.deposed.Wait().reason, "HISTORY_CHANGED");
  const CommitSeq acknowledged = load.last();
  // The promise of replicated:1 needs a replica again, and is not given before.
  EXPECT_EQ(store.Load().error().reason, "REDIS_TOO_FEW_REPLICAS");
  redis_->Return(old);
  const LoadedState second = LoadEventually(store);
  ExpectNothingLost(second, acknowledged);
  EXPECT_GT(second.epoch, first.epoch);
  EXPECT_NE(redis_->NodeOf(lease), old);
  EXPECT_GT(CommitEventually(store, 1'000'000), second.last_seq);
  EXPECT_EQ(redis_->client(old).Call({"ROLE"}).At(0).text(), "slave");
}

TEST_F(ClusterTest, ADomainWhoseSlotMovesIsLoadedWhereItIs) {
  Start(0);
  WaitingStore store(Options(Durability::kEverySec), Target());
  LoadEventually(store);
  AcknowledgedLoad load(store);
  load.WaitFor(100);
  const std::string lease = Keys(DomainId{"acme"}).Lease();
  const std::size_t from = redis_->NodeOf(lease);
  const std::size_t to = (from + 1) % redis_->size();
  MoveSlot(SlotOfKey(lease), from, to);
  EXPECT_EQ(store.deposed.Wait().reason, "HISTORY_CHANGED");
  const CommitSeq acknowledged = load.last();
  const LoadedState state = LoadEventually(store);
  ExpectNothingLost(state, acknowledged);
  EXPECT_GT(CommitEventually(store, 1'000'000), state.last_seq);
  EXPECT_EQ(redis_->NodeOf(lease), to);
}

TEST_F(ClusterTest, APrimaryThatMayForgetIsRefused) {
  Start(0, {"--appendonly", "no"});
  WaitingStore store(Options(Durability::kEverySec), Target());
  EXPECT_EQ(store.Load().error().reason, "REDIS_APPENDONLY_OFF");
}

TEST(ClusterAloneTest, AServerThatIsNoNodeIsNamed) {
  const TempDir dir;
  RedisProcess::Options alone;
  alone.dir = dir.path();
  RedisProcess redis(std::move(alone));
  redis.Start();
  RedisTarget target;
  target.kind = RedisTarget::Kind::kCluster;
  target.addresses = {redis.address()};
  DomainStoreOptions options;
  options.domain = DomainId{"acme"};
  options.router_id = "r1";
  WaitingStore store(options, target);
  const Result<LoadedState> loaded = store.Load();
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().reason, "REDIS_NOT_A_CLUSTER");
}

}  // namespace
}  // namespace usher::store
