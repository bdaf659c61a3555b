// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <signal.h>

#include "router/store/keys.h"
#include "tests/integration/store/acknowledged_load.h"
#include "tests/integration/store/redis_sentinels.h"
#include "tests/integration/store/store_fixture.h"

namespace usher::store {
namespace {

class SentinelTest : public testing::Test {
 protected:
  void Start(int replicas, int sentinels, std::vector<std::string> server_arguments = {}) {
    redis_ = std::make_unique<RedisSentinels>(
        RedisSentinels::Options{dir_.path(), replicas, sentinels, std::move(server_arguments)});
  }

  static DomainStoreOptions Options(Durability durability) {
    DomainStoreOptions options;
    options.domain = DomainId{"acme"};
    options.router_id = "r1";
    options.durability = durability;
    options.replicas = 1;
    options.reconnect_within = kPatience;  // so that the failover alone decides what happens
    return options;
  }

  RedisTarget Target() const { return AsAclUser(redis_->Target()); }

  const TempDir dir_;
  std::unique_ptr<RedisSentinels> redis_;
};

// The whole way: the primary dies under load, a replica is promoted, the router steps down, loads
// and goes on, and the old primary comes back as a replica that nobody writes to.
TEST_F(SentinelTest, AFailoverUnderLoadLosesNoAcknowledgedCommit) {
  Start(2, 3);
  WaitingStore store(Options(Durability::kReplicated), Target());
  const LoadedState first = LoadEventually(store);
  AcknowledgedLoad load(store);
  load.WaitFor(300);
  RedisProcess& old = redis_->Primary();
  old.Kill(SIGKILL);
  old.WaitForEnd();
  EXPECT_EQ(store.deposed.Wait().reason, "HISTORY_CHANGED");
  const CommitSeq acknowledged = load.last();

  const LoadedState second = LoadEventually(store);
  ExpectNothingLost(second, acknowledged);
  EXPECT_GT(second.epoch, first.epoch);
  EXPECT_NE(redis_->Primary().port(), old.port());
  EXPECT_GT(CommitEventually(store, 1'000'000), second.last_seq);

  old.Start();
  WaitingClient returned(old.address(), ServerUse::kAsk);
  const std::string lease = Keys(DomainId{"acme"}).Lease();
  Eventually(
      [&] {
        const Result<RedisReply> role = returned.TryCall({"ROLE"});
        return role.ok() && role->At(0).text() == "slave" && role->At(3).text() == "connected";
      },
      "the old primary is a replica");
  const CommitSeq last = CommitEventually(store, 1'000'001);
  Eventually(
      [&] {
        const Result<RedisReply> seq = returned.TryCall({"HGET", lease, "seq"});
        return seq.ok() && seq->text() == std::to_string(last);
      },
      "the old primary has what the new one wrote");
}

// Nothing has died here: the old primary lives, takes connections, and is a replica now.
TEST_F(SentinelTest, APlannedFailoverIsFollowed) {
  Start(2, 3);
  WaitingStore store(Options(Durability::kReplicated), Target());
  LoadEventually(store);
  AcknowledgedLoad load(store);
  load.WaitFor(300);
  const std::uint16_t before = redis_->Primary().port();
  WaitingClient sentinel(redis_->sentinel(0).address(), ServerUse::kAsk);
  const RedisReply begun = sentinel.Call({"SENTINEL", "FAILOVER", "contacts"});
  EXPECT_FALSE(begun.IsError()) << begun.text();
  store.deposed.Wait();
  const CommitSeq acknowledged = load.last();
  const LoadedState state = LoadEventually(store);
  ExpectNothingLost(state, acknowledged);
  EXPECT_NE(redis_->Primary().port(), before);
  EXPECT_GT(CommitEventually(store, 1'000'000), state.last_seq);
}

TEST_F(SentinelTest, AReplicaThatIsConnectedButDoesNotConfirmKeepsTheEpochFromUse) {
  Start(1, 1);
  DomainStoreOptions options = Options(Durability::kReplicated);
  options.replica_wait = Duration{100};
  WaitingStore store(options, Target());
  redis_->server(1).Kill(SIGSTOP);
  EXPECT_EQ(store.Load().error().reason, "EPOCH_NOT_REPLICATED");
  redis_->server(1).Kill(SIGCONT);
  EXPECT_GE(LoadEventually(store).epoch, 2u);
}

TEST_F(SentinelTest, AUserOfTheSentinelsNeedsTwoCommands) {
  Start(0, 1);
  WaitingClient admin(redis_->sentinel(0).address(), ServerUse::kAsk);
  std::vector<std::string> words{"ACL", "SETUSER", "watcher", '>' + std::string(kAclPassword)};
  for (const std::string& rule : RulesOf("sentinel-users.acl", kAclUser)) words.push_back(rule);
  EXPECT_FALSE(admin.Call(words).IsError());
  RedisTarget target = Target();
  target.sentinel_user = "watcher";
  target.sentinel_password = kAclPassword;
  WaitingStore store(Options(Durability::kEverySec), target);
  const Result<LoadedState> loaded = store.Load();
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  WaitingClient watcher(WithSentinelAccess(redis_->sentinel(0).address(), target), ServerUse::kAsk);
  EXPECT_EQ(watcher.Call({"SENTINEL", "FAILOVER", "contacts"}).ErrorWord(), "NOPERM");
  EXPECT_EQ(watcher.Call({"SENTINEL", "SET", "contacts", "quorum", "9"}).ErrorWord(), "NOPERM");
}

TEST_F(SentinelTest, ANameThatNobodyWatchesIsToldAtOnce) {
  Start(0, 1);
  RedisTarget target = Target();
  target.primary = "others";
  WaitingStore store(Options(Durability::kEverySec), target);
  const Result<LoadedState> loaded = store.Load();
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().reason, "SENTINEL_UNKNOWN_PRIMARY");
  EXPECT_NE(loaded.error().next_step.find("SENTINEL MASTERS"), std::string::npos);
}

TEST_F(SentinelTest, APrimaryThatMayForgetIsRefused) {
  Start(0, 1, {"--appendonly", "no"});
  WaitingStore store(Options(Durability::kEverySec), Target());
  EXPECT_EQ(store.Load().error().reason, "REDIS_APPENDONLY_OFF");
}

TEST_F(SentinelTest, SentinelsThatDoNotAnswerAreCounted) {
  RedisTarget target = *ParseRedisTarget("sentinel://127.0.0.1:1,127.0.0.1:2,127.0.0.1:3/contacts");
  DomainStoreOptions options = Options(Durability::kEverySec);
  options.reconnect_within = Duration{3'000};
  WaitingStore store(options, target);
  const Result<LoadedState> loaded = store.Load();
  ASSERT_FALSE(loaded.ok());
  EXPECT_NE(loaded.error().message.find("0 of 3 Sentinels"), std::string::npos)
      << loaded.error().message;
}

}  // namespace
}  // namespace usher::store
