// SPDX-License-Identifier: Apache-2.0
#include "router/store/domain_store.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <signal.h>

#include "router/store/keys.h"
#include "router/store/record.h"
#include "router/store/row_records.h"
#include "tests/integration/store/store_fixture.h"
#include "tests/unit/router/store/any_value.h"

namespace usher::store {
namespace {

CommitBatch SignIns(int from, int count) {
  CommitBatch batch;
  for (int i = from; i < from + count; ++i) {
    batch.events.push_back(
        {InstantFromUnixMs(1'000 + i), engine::SignedIn{AgentId{"a" + std::to_string(i)}}});
    batch.replies.push_back({"req-" + std::to_string(i), static_cast<std::uint64_t>(i), {}, ""});
  }
  return batch;
}

std::string BytesOf(const CommitBatch& batch) { return ToRecord(RecordKind::kCommit, batch); }

engine::DomainRow DomainOf(std::uint64_t version) {
  engine::DomainRow row;
  row.version = version;
  row.domain.id = DomainId{"acme"};
  row.domain.queues = {engine::Queue{.id = QueueId{"billing"}},
                       engine::Queue{.id = QueueId{"vip"}}};
  row.next_contact = 100;
  return row;
}

engine::ContactRow Waiting(std::uint64_t id, std::int32_t priority, std::int64_t due,
                           const std::string& queue = "billing") {
  engine::ContactRow row;
  row.id = ContactId{id};
  row.queue = QueueId{queue};
  row.key = {priority, InstantFromUnixMs(due), id};
  row.customer = CustomerId{"c" + std::to_string(id)};
  return row;
}

std::vector<std::uint64_t> IdsOf(const RedisReply& members) {
  std::vector<std::uint64_t> ids;
  for (const RedisReply& member : members.items()) {
    ids.push_back(ContactOfMember(member.text()).value_or(ContactId{}).value());
  }
  return ids;
}

const Keys kKeys(DomainId{"acme"});

using DomainStoreTest = StoreTest;

TEST_F(DomainStoreTest, AFirstLoadFindsNothingAndLeads) {
  WaitingStore store(Options("r1"));
  const Result<LoadedState> state = store.Load();
  ASSERT_TRUE(state.ok()) << state.error().message;
  EXPECT_TRUE(state->empty);
  EXPECT_EQ(state->epoch, 1u);
  EXPECT_EQ(state->last_seq, 0u);
  EXPECT_TRUE(state->commits.empty());
}

TEST_F(DomainStoreTest, WhatIsCommittedIsLoadedInOrder) {
  const CommitBatch first = SignIns(0, 3);
  const CommitBatch second = SignIns(3, 1);
  {
    WaitingStore store(Options("r1"));
    ASSERT_TRUE(store.Load().ok());
    EXPECT_EQ(*store.Commit(first), 1u);
    EXPECT_EQ(*store.Commit(second), 2u);
  }
  WaitingStore store(Options("r2"));
  const Result<LoadedState> state = store.Load();
  ASSERT_TRUE(state.ok()) << state.error().message;
  EXPECT_EQ(state->epoch, 2u);
  EXPECT_EQ(state->last_seq, 2u);
  ASSERT_EQ(state->commits.size(), 2u);
  EXPECT_EQ(BytesOf(state->commits[0].batch), BytesOf(first));
  EXPECT_EQ(BytesOf(state->commits[1].batch), BytesOf(second));
  EXPECT_EQ(*store.Commit(SignIns(9, 1)), 3u);
}

TEST_F(DomainStoreTest, ManyPipelinedCommitsAreAnsweredInOrder) {
  WaitingStore store(Options("r1"));
  ASSERT_TRUE(store.Load().ok());
  Arrival<bool> all;
  std::vector<CommitSeq> answered;
  store.Run([&](DomainStore& domain) {
    for (int i = 0; i < 1'000; ++i) {
      const CommitSeq seq = domain.Commit(SignIns(i, 1), [&](Result<CommitSeq> done) {
        ASSERT_TRUE(done.ok());
        answered.push_back(*done);
        if (answered.size() == 1'000) all.Set(true);
      });
      EXPECT_EQ(seq, static_cast<CommitSeq>(i + 1));
    }
    EXPECT_EQ(domain.commits_waiting(), 1'000u);
  });
  all.Wait();
  EXPECT_TRUE(std::ranges::is_sorted(answered));
  EXPECT_EQ(answered.back(), 1'000u);
}

TEST_F(DomainStoreTest, ACommitBeyondTheBoundIsRefusedAndTheOthersStand) {
  DomainStoreOptions options = Options("r1");
  options.commits_waiting_max = 2;
  WaitingStore store(options);
  ASSERT_TRUE(store.Load().ok());
  Arrival<Error> refused;
  Arrival<CommitSeq> second;
  store.Run([&](DomainStore& domain) {
    domain.Commit(SignIns(0, 1), nullptr);
    domain.Commit(SignIns(1, 1), [&](Result<CommitSeq> done) { second.Set(*done); });
    EXPECT_FALSE(domain.CanCommit());
    EXPECT_EQ(
        domain.Commit(SignIns(2, 1), [&](Result<CommitSeq> done) { refused.Set(done.error()); }),
        0u);
  });
  EXPECT_EQ(refused.Wait().reason, "COMMITS_WAITING");
  EXPECT_EQ(second.Wait(), 2u);
  EXPECT_EQ(*store.Commit(SignIns(3, 1)), 3u);
}

TEST_F(DomainStoreTest, AnOldLeaderIsFencedAndChangesNothing) {
  WaitingStore old_leader(Options("r1"));
  ASSERT_TRUE(old_leader.Load().ok());
  ASSERT_TRUE(old_leader.Commit(SignIns(0, 1)).ok());
  WaitingStore new_leader(Options("r2"));
  const Result<LoadedState> state = new_leader.Load(Takeover::kForce);
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(state->last_seq, 1u);

  const Result<CommitSeq> late = old_leader.Commit(SignIns(1, 1));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().reason, "FENCED");
  EXPECT_EQ(old_leader.deposed.Wait().reason, "FENCED");
  EXPECT_EQ(old_leader.Commit(SignIns(2, 1)).error().reason, "NOT_LEADING");

  EXPECT_EQ(*new_leader.Commit(SignIns(5, 1)), 2u);
  EXPECT_EQ(BytesOf(new_leader.ReadCommits(1, 10)->commits.at(0).batch), BytesOf(SignIns(5, 1)));
}

TEST_F(DomainStoreTest, AnOldLeadersRowsAreFencedToo) {
  WaitingStore old_leader(Options("r1"));
  ASSERT_TRUE(old_leader.Load().ok());
  ASSERT_TRUE(old_leader.Commit(SignIns(0, 1)).ok());
  WaitingStore new_leader(Options("r2"));
  ASSERT_TRUE(new_leader.Load(Takeover::kForce).ok());
  const engine::DomainRow domain = DomainOf(1);
  RowChanges changes;
  changes.domain = &domain;
  EXPECT_EQ(old_leader.Project(changes, 1).error().reason, "FENCED");
  WaitingClient redis(redis_->address());
  EXPECT_TRUE(redis.Call({"GET", kKeys.Domain()}).IsNil());
}

TEST_F(DomainStoreTest, AStandbyWaitsForTheLeaseAndTakesAResignedOneAtOnce) {
  WaitingStore leader(Options("r1"));
  ASSERT_TRUE(leader.Load().ok());
  WaitingStore standby(Options("r2"));
  EXPECT_EQ(standby.Load(Takeover::kWhenVacant).error().reason, "DOMAIN_LED_ELSEWHERE");
  ASSERT_TRUE(leader.Resign().ok());
  const Result<LoadedState> state = standby.Load(Takeover::kWhenVacant);
  ASSERT_TRUE(state.ok()) << state.error().message;
  EXPECT_EQ(state->epoch, 2u);
  EXPECT_EQ(leader.Commit(SignIns(0, 1)).error().reason, "NOT_LEADING");
}

TEST_F(DomainStoreTest, AStandbyTakesOverWhenALeaderDiesWithoutAWord) {
  DomainStoreOptions options = Options("r1");
  options.lease = Duration{300};
  auto leader = std::make_unique<WaitingStore>(options);
  ASSERT_TRUE(leader->Load().ok());
  leader.reset();
  WaitingStore standby(Options("r2"));
  Result<LoadedState> state = standby.Load(Takeover::kWhenVacant);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!state.ok() && std::chrono::steady_clock::now() < deadline) {
    ASSERT_EQ(state.error().reason, "DOMAIN_LED_ELSEWHERE");
    state = standby.Load(Takeover::kWhenVacant);
  }
  EXPECT_TRUE(state.ok());
}

TEST_F(DomainStoreTest, ALeaseOutlivesItsLengthUnderNoClock) {
  WaitingStore leader(Options("r1"));
  ASSERT_TRUE(leader.Load().ok());
  WaitingClient redis(redis_->address());
  // What is left of a lease when the clock of Redis is set back by two hours.
  redis.Call({"SET", kKeys.Alive(), "r0", "PX", "7200000"});
  WaitingStore standby(Options("r2"));
  EXPECT_EQ(standby.Load(Takeover::kWhenVacant).error().reason, "DOMAIN_LED_ELSEWHERE");
  EXPECT_LE(redis.Call({"PTTL", kKeys.Alive()}).integer(), 3'000);
  EXPECT_EQ(redis.Call({"GET", kKeys.Alive()}).text(), "r0");
}

TEST_F(DomainStoreTest, ALostConnectionIsBridgedAndNothingIsAppliedTwice) {
  WaitingStore store(Options("r1"));
  ASSERT_TRUE(store.Load().ok());
  WaitingClient redis(redis_->address());
  constexpr int kCommits = 2'000;
  std::atomic<int> answered = 0;
  std::atomic<int> failed = 0;
  Arrival<bool> all;
  std::vector<CommitSeq> seqs;
  // Cut again and again while commits are under way.
  for (int part = 0; part < 20; ++part) {
    store.Run([&](DomainStore& domain) {
      for (int i = 0; i < kCommits / 20; ++i) {
        domain.Commit(SignIns(part * 100 + i, 1), [&](Result<CommitSeq> done) {
          if (!done.ok()) ++failed;
          if (done.ok()) seqs.push_back(*done);
          if (++answered == kCommits) all.Set(true);
        });
      }
    });
    redis.Call({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  }
  all.Wait();
  EXPECT_EQ(failed, 0);
  ASSERT_EQ(seqs.size(), static_cast<std::size_t>(kCommits));
  for (int i = 0; i < kCommits; ++i) EXPECT_EQ(seqs[static_cast<std::size_t>(i)], i + 1u);
  EXPECT_EQ(redis.Call({"XLEN", kKeys.Log()}).integer(), kCommits);
  WaitingStore next(Options("r2"));
  const Result<LoadedState> state = next.Load();
  ASSERT_TRUE(state.ok()) << state.error().message;
  ASSERT_EQ(state->commits.size(), static_cast<std::size_t>(kCommits));
  EXPECT_EQ(BytesOf(state->commits[777].batch), BytesOf(SignIns(777, 1)));
}

TEST_F(DomainStoreTest, AServerThatForgotTheFunctionsGetsThemAgain) {
  WaitingStore store(Options("r1"));
  ASSERT_TRUE(store.Load().ok());
  ASSERT_TRUE(store.Commit(SignIns(0, 1)).ok());
  WaitingClient redis(redis_->address());
  redis.Call({"FUNCTION", "FLUSH"});
  EXPECT_EQ(*store.Commit(SignIns(1, 1)), 2u);
  redis.Call({"FUNCTION", "FLUSH"});
  const engine::DomainRow domain = DomainOf(1);
  RowChanges changes;
  changes.domain = &domain;
  EXPECT_TRUE(store.Project(changes, 2).ok());
}

TEST_F(DomainStoreTest, KillingRedisLosesNoAcknowledgedCommit) {
  std::vector<CommitSeq> acknowledged;
  std::atomic<bool> flowing = false;
  redis_.reset();
  StartRedis(true);
  DomainStoreOptions options = Options("r1");
  options.durability = Durability::kAlways;
  options.reconnect_within = std::chrono::duration_cast<Duration>(kPatience);
  WaitingStore store(std::move(options));
  ASSERT_TRUE(store.Load().ok());
  std::function<void(DomainStore&, int)> next = [&](DomainStore& domain, int number) {
    domain.Commit(SignIns(number, 1), [&, number](Result<CommitSeq> done) {
      if (!done.ok()) return;
      acknowledged.push_back(*done);
      if (acknowledged.size() == 500) flowing = true;
      next(domain, number + 16);
    });
  };
  store.Run([&](DomainStore& domain) {
    for (int i = 0; i < 16; ++i) next(domain, i);
  });
  while (!flowing) std::this_thread::yield();
  const pid_t before = redis_->pid();
  kill(before, SIGKILL);
  EXPECT_EQ(store.deposed.Wait().reason, "HISTORY_CHANGED");
  WaitForRestart(*redis_, before);
  const Result<LoadedState> state = store.Load();
  ASSERT_TRUE(state.ok()) << state.error().message;
  ASSERT_FALSE(acknowledged.empty());
  EXPECT_GE(state->last_seq, acknowledged.back());
  EXPECT_LE(state->last_seq, acknowledged.back() + 16);  // what was under way may have arrived
  EXPECT_EQ(state->commits.size(), state->last_seq);
  EXPECT_EQ(*store.Commit(SignIns(0, 1)), state->last_seq + 1);
}

TEST_F(DomainStoreTest, WhenRedisStaysAwayTheStoreStepsDown) {
  DomainStoreOptions options = Options("r1");
  options.reconnect_within = Duration{200};
  WaitingStore store(options);
  ASSERT_TRUE(store.Load().ok());
  redis_->Stop();
  EXPECT_EQ(store.Commit(SignIns(0, 1)).error().reason, "STORE_UNREACHABLE");
  EXPECT_EQ(store.deposed.Wait().reason, "STORE_UNREACHABLE");
  EXPECT_EQ(store.Load().error().reason, "REDIS_UNREACHABLE");
}

TEST_F(DomainStoreTest, RowsAreExactAtTheirWatermarkAndTheQueueReadsInItsOrder) {
  const engine::DomainRow domain = DomainOf(1);
  RowChanges changes;
  changes.domain = &domain;
  changes.contacts = {Waiting(1, 0, 5'000), Waiting(2, 0, 4'000), Waiting(3, 5, 9'000),
                      Waiting(4, 0, 4'000, "vip")};
  changes.agents = {
      engine::AgentRow{.id = AgentId{"ann"}, .presence = engine::Presence::kAvailable}};
  changes.queues = {engine::QueueRow{.id = QueueId{"billing"}, .accepted = 7}};
  WaitingClient redis(redis_->address());
  {
    WaitingStore store(Options("r1"));
    ASSERT_TRUE(store.Load().ok());
    ASSERT_TRUE(store.Commit(SignIns(0, 1)).ok());
    ASSERT_TRUE(store.Project(changes, 1).ok());
    EXPECT_EQ(IdsOf(redis.Call({"ZRANGE", kKeys.Queue(QueueId{"billing"}), "0", "-1"})),
              (std::vector<std::uint64_t>{3, 2, 1}));

    // 2 moves to vip, 3 is assigned, 1 closes; each is a commit of its own, then one projection.
    CommitBatch closing;
    closing.events.push_back({InstantFromUnixMs(77), engine::Closed{.contact = ContactId{1}}});
    ASSERT_TRUE(store.Commit(closing).ok());
    RowChanges more;
    more.contacts = {Waiting(2, 0, 4'000, "vip"), Waiting(3, 5, 9'000)};
    more.contacts[1].state = engine::ContactState::kAssigned;
    more.closed_contacts = {ContactId{1}};
    ASSERT_TRUE(store.Project(more, 2).ok());
    ASSERT_TRUE(store.Commit(SignIns(1, 1)).ok());
  }
  EXPECT_EQ(IdsOf(redis.Call({"ZRANGE", kKeys.Queue(QueueId{"billing"}), "0", "-1"})),
            std::vector<std::uint64_t>{});
  EXPECT_EQ(IdsOf(redis.Call({"ZRANGE", kKeys.Queue(QueueId{"vip"}), "0", "-1"})),
            (std::vector<std::uint64_t>{2, 4}));
  EXPECT_EQ(redis.Call({"SMEMBERS", kKeys.Away()}).At(0).text(), "3");
  EXPECT_GT(redis.Call({"PTTL", kKeys.Contact(ContactId{1})}).integer(), 86'400'000);

  WaitingStore store(Options("r2"));
  const Result<LoadedState> state = store.Load();
  ASSERT_TRUE(state.ok()) << state.error().message;
  EXPECT_FALSE(state->empty);
  EXPECT_EQ(state->watermark, 2u);
  EXPECT_EQ(state->last_seq, 3u);
  ASSERT_EQ(state->commits.size(), 1u);
  EXPECT_EQ(state->commits[0].seq, 3u);
  EXPECT_EQ(state->domain, domain);
  EXPECT_EQ(state->agents, changes.agents);
  EXPECT_EQ(state->queues, changes.queues);
  engine::ContactRow assigned = Waiting(3, 5, 9'000);
  assigned.state = engine::ContactState::kAssigned;
  EXPECT_EQ(state->contacts, (std::vector<engine::ContactRow>{Waiting(2, 0, 4'000, "vip"), assigned,
                                                              Waiting(4, 0, 4'000, "vip")}));
  EXPECT_TRUE(state->parked.empty());
  // Replies behind the watermark are known; the last commit's come with it.
  ASSERT_EQ(state->replies.size(), 1u);
  EXPECT_EQ(state->replies[0].request_id, "req-0");
}

TEST_F(DomainStoreTest, RandomRowsComeBackEqual) {
  RowChanges changes;
  engine::DomainRow domain;
  AnyValue any(21);
  any.Fill(domain);
  for (std::uint64_t i = 1; i <= 700; ++i) {
    any.Fill(changes.contacts.emplace_back());
    changes.contacts.back().id = ContactId{i};
    changes.contacts.back().queue = QueueId{i % 3 == 0 ? "billing" : "vip"};
    changes.contacts.back().state = static_cast<engine::ContactState>(i % 6);
  }
  domain.domain.queues = DomainOf(1).domain.queues;
  changes.domain = &domain;
  {
    WaitingStore store(Options("r1"));
    ASSERT_TRUE(store.Load().ok());
    ASSERT_TRUE(store.Commit(SignIns(0, 1)).ok());
    ASSERT_TRUE(store.Project(changes, 1).ok());
  }
  WaitingStore store(Options("r2"));
  const Result<LoadedState> state = store.Load();
  ASSERT_TRUE(state.ok()) << state.error().message;
  EXPECT_EQ(state->contacts, changes.contacts);
  EXPECT_EQ(state->domain, domain);
}

TEST_F(DomainStoreTest, ProjectionsThatComeMeanwhileAreMergedIntoOne) {
  WaitingStore store(Options("r1"));
  ASSERT_TRUE(store.Load().ok());
  const engine::DomainRow domain = DomainOf(1);
  Arrival<bool> all;
  std::atomic<int> done = 0;
  store.Run([&](DomainStore& open) {
    for (int i = 1; i <= 50; ++i) {
      open.Commit(SignIns(i, 1), nullptr);
      RowChanges changes;
      changes.domain = &domain;
      changes.contacts = {Waiting(7, i, 1'000)};
      open.Project(changes, static_cast<CommitSeq>(i), [&](Result<void> result) {
        EXPECT_TRUE(result.ok());
        if (++done == 50) all.Set(true);
      });
    }
  });
  all.Wait();
  store.Run([](DomainStore& open) { EXPECT_EQ(open.projected_seq(), 50u); });
  WaitingClient redis(redis_->address());
  const RedisReply queue = redis.Call({"ZRANGE", kKeys.Queue(QueueId{"billing"}), "0", "-1"});
  ASSERT_EQ(queue.items().size(), 1u);
  EXPECT_EQ(queue.At(0).text(), QueueMember({50, InstantFromUnixMs(1'000), 7}, ContactId{7}));
}

TEST_F(DomainStoreTest, ALostConnectionInAProjectionIsBridged) {
  WaitingStore store(Options("r1"));
  ASSERT_TRUE(store.Load().ok());
  const engine::DomainRow domain = DomainOf(1);
  WaitingClient redis(redis_->address());
  for (std::uint64_t i = 1; i <= 30; ++i) {
    Arrival<bool> done;
    store.Run([&](DomainStore& open) {
      open.Commit(SignIns(static_cast<int>(i), 1), nullptr);
      RowChanges changes;
      changes.domain = &domain;
      changes.contacts = {Waiting(i, 0, 1'000)};
      open.Project(changes, i, [&](Result<void> result) { done.Set(result.ok()); });
    });
    redis.Call({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    ASSERT_TRUE(done.Wait());
  }
  EXPECT_EQ(redis.Call({"ZCARD", kKeys.Queue(QueueId{"billing"})}).integer(), 30);
  EXPECT_EQ(redis.Call({"HGET", kKeys.Lease(), "projected"}).text(), "30");
}

class DamagedRowTest : public StoreTest {
 protected:
  void Prepare() {
    const engine::DomainRow domain = DomainOf(1);
    RowChanges changes;
    changes.domain = &domain;
    changes.contacts = {Waiting(1, 0, 5'000), Waiting(2, 0, 4'000)};
    changes.agents = {engine::AgentRow{.id = AgentId{"ann"}}};
    changes.queues = {engine::QueueRow{.id = QueueId{"billing"}}};
    WaitingStore store(Options("r1"));
    ASSERT_TRUE(store.Load().ok());
    ASSERT_TRUE(store.Commit(SignIns(0, 1)).ok());
    ASSERT_TRUE(store.Project(changes, 1).ok());
  }
};

TEST_F(DamagedRowTest, IsParkedUnchangedAndNeverLoaded) {
  Prepare();
  WaitingClient redis(redis_->address());
  const std::string key = kKeys.Contact(ContactId{2});
  redis.Call({"SETRANGE", key, "9", "\xee"});
  const std::string damaged(redis.Call({"GET", key}).text());
  redis.Call({"SETRANGE", kKeys.Agent(AgentId{"ann"}), "7", "\xee"});
  redis.Call({"HSET", kKeys.Queues(), "billing", "rubbish"});

  WaitingStore store(Options("r2"));
  const Result<LoadedState> state = store.Load();
  ASSERT_TRUE(state.ok()) << state.error().message;
  ASSERT_EQ(state->contacts.size(), 1u);
  EXPECT_EQ(state->contacts[0].id, ContactId{1});
  EXPECT_TRUE(state->agents.empty());
  EXPECT_TRUE(state->queues.empty());
  EXPECT_EQ(state->parked.size(), 3u);
  EXPECT_EQ(redis.Call({"HGET", kKeys.Parked(), key}).text(), damaged);
  EXPECT_EQ(redis.Call({"HLEN", kKeys.Parked()}).integer(), 3);
  EXPECT_TRUE(redis.Call({"GET", key}).IsNil());

  // The next projection clears what still pointed at them.
  ASSERT_TRUE(store.Commit(SignIns(1, 1)).ok());
  ASSERT_TRUE(store.Project({}, 2).ok());
  EXPECT_EQ(IdsOf(redis.Call({"ZRANGE", kKeys.Queue(QueueId{"billing"}), "0", "-1"})),
            std::vector<std::uint64_t>{1});
  EXPECT_EQ(redis.Call({"SCARD", kKeys.Agents()}).integer(), 0);
}

TEST_F(DamagedRowTest, ADamagedDomainStopsTheLoad) {
  Prepare();
  WaitingClient redis(redis_->address());
  redis.Call({"SETRANGE", kKeys.Domain(), "8", "\xee"});
  WaitingStore store(Options("r2"));
  const Result<LoadedState> state = store.Load();
  ASSERT_FALSE(state.ok());
  EXPECT_EQ(state.error().reason, "DOMAIN_RECORD_DAMAGED");
  EXPECT_EQ(state.error().code, Code::kDataLoss);
}

TEST_F(DomainStoreTest, AForgedOrMissingCommitStopsTheLoad) {
  {
    WaitingStore store(Options("r1"));
    ASSERT_TRUE(store.Load().ok());
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(store.Commit(SignIns(i, 1)).ok());
  }
  WaitingClient redis(redis_->address());
  redis.Call({"XDEL", kKeys.Log(), "3-0"});
  WaitingStore store(Options("r2"));
  const Result<LoadedState> state = store.Load();
  ASSERT_FALSE(state.ok());
  EXPECT_EQ(state.error().reason, "LOG_DAMAGED");
  EXPECT_NE(state.error().message.find("commit 3"), std::string::npos);
}

TEST_F(DomainStoreTest, AnotherHistoryThanOursStopsTheWriter) {
  WaitingStore store(Options("r1"));
  ASSERT_TRUE(store.Load().ok());
  ASSERT_TRUE(store.Commit(SignIns(0, 1)).ok());
  WaitingClient redis(redis_->address());
  redis.Call({"HSET", kKeys.Lease(), "hash", "0123456789abcdef"});
  EXPECT_EQ(store.Commit(SignIns(1, 1)).error().reason, "LOG_DIVERGED");
  EXPECT_EQ(store.deposed.Wait().reason, "LOG_DIVERGED");
}

TEST_F(DomainStoreTest, AWipedRedisTakesNoCommit) {
  WaitingStore store(Options("r1"));
  ASSERT_TRUE(store.Load().ok());
  ASSERT_TRUE(store.Commit(SignIns(0, 1)).ok());
  WaitingClient redis(redis_->address());
  redis.Call({"FLUSHALL"});
  EXPECT_EQ(store.Commit(SignIns(1, 1)).error().reason, "FENCED");
}

TEST_F(DomainStoreTest, AWipedRedisIsLedByNobodyWhoKnowsThatTheDomainWasThere) {
  WaitingStore leader(Options("r1"));
  ASSERT_TRUE(leader.Load().ok());
  WaitingStore standby(Options("r2"));
  EXPECT_EQ(standby.Load(Takeover::kWhenVacant).error().reason, "DOMAIN_LED_ELSEWHERE");
  WaitingClient redis(redis_->address());
  const RedisReply lease = redis.Call({"HGETALL", kKeys.Lease()});
  redis.Call({"FLUSHALL"});
  EXPECT_EQ(leader.Commit(SignIns(0, 1)).error().reason, "FENCED");
  EXPECT_EQ(leader.Load().error().reason, "STORE_WIPED");
  EXPECT_EQ(standby.Load().error().reason, "STORE_WIPED");
  EXPECT_EQ(redis.Call({"DBSIZE"}).integer(), 0);

  std::vector<std::string> restore{"HSET", kKeys.Lease()};
  for (const RedisReply& part : lease.items()) restore.emplace_back(part.text());
  redis.Call(restore);
  EXPECT_TRUE(standby.Load().ok());
}

TEST_F(DomainStoreTest, AnEpochThatWasLedWithIsNeverLedWithAgain) {
  WaitingStore store(Options("r1"));
  ASSERT_EQ(store.Load()->epoch, 1u);
  ASSERT_TRUE(store.Resign().ok());
  ASSERT_EQ(store.Load()->epoch, 2u);
  ASSERT_TRUE(store.Resign().ok());
  WaitingClient redis(redis_->address());
  redis.Call({"HSET", kKeys.Lease(), "epoch", "1"});  // a replica that had not heard
  EXPECT_EQ(store.Load()->epoch, 3u);
}

TEST_F(DomainStoreTest, TheLogIsTrimmedBehindTheWatermarkAndSaysSo) {
  DomainStoreOptions options = Options("r1");
  options.history.commits_kept = 500;
  WaitingStore store(options);
  ASSERT_TRUE(store.Load().ok());
  const engine::DomainRow domain = DomainOf(1);
  RowChanges changes;
  changes.domain = &domain;
  WaitingClient redis(redis_->address());
  for (int i = 1; i <= 2'000; ++i) {
    if (i % 250 != 0) {
      store.Run([&](DomainStore& open) { open.Commit(SignIns(i, 1), nullptr); });
      continue;
    }
    ASSERT_TRUE(store.Commit(SignIns(i, 1)).ok());
    ASSERT_TRUE(store.Project(changes, static_cast<CommitSeq>(i)).ok());
  }
  // The trim was sent before the projection was answered; a read on the same connection follows it.
  const Result<CommitPage> early = store.ReadCommits(10, 5);
  ASSERT_FALSE(early.ok());
  EXPECT_EQ(early.error().reason, "SEQUENCE_TRIMMED");
  const std::int64_t kept = redis.Call({"XLEN", kKeys.Log()}).integer();
  EXPECT_GE(kept, 500);
  EXPECT_LT(kept, 1'000);
  EXPECT_NE(early.error().message.find("the oldest is " + std::to_string(2'001 - kept)),
            std::string::npos);

  const Result<CommitPage> page = store.ReadCommits(1'900, 30);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->commits.size(), 30u);
  EXPECT_EQ(page->commits[0].seq, 1'901u);
  EXPECT_EQ(page->last_seq, 2'000u);
  EXPECT_TRUE(store.ReadCommits(2'000, 30)->commits.empty());
  EXPECT_EQ(store.ReadCommits(2'001, 30).error().reason, "SEQUENCE_AHEAD");
  WaitingStore next(Options("r2"));
  EXPECT_TRUE(next.Load().ok());
}

TEST_F(DomainStoreTest, FewerCommitsAreKeptWhereTheyAreLarge) {
  DomainStoreOptions options = Options("r1");
  options.history.log_bytes_kept = 100'000;
  WaitingStore store(options);
  ASSERT_TRUE(store.Load().ok());
  const engine::DomainRow domain = DomainOf(1);
  RowChanges changes;
  changes.domain = &domain;
  WaitingClient redis(redis_->address());
  for (CommitSeq seq = 1; seq <= 100; ++seq) {
    CommitBatch large = SignIns(0, 1);
    large.replies[0].detail.assign(10'000, 'x');
    ASSERT_TRUE(store.Commit(large).ok());
    ASSERT_TRUE(store.Project(changes, seq).ok());
  }
  ASSERT_TRUE(store.ReadCommits(100, 1).ok());
  EXPECT_GE(redis.Call({"XLEN", kKeys.Log()}).integer(), 9);
  EXPECT_LE(redis.Call({"XLEN", kKeys.Log()}).integer(), 25);
}

TEST_F(DomainStoreTest, RepliesAreFoundAsFarBackAsIsAsked) {
  {
    WaitingStore store(Options("r1"));
    ASSERT_TRUE(store.Load().ok());
    const engine::DomainRow domain = DomainOf(1);
    RowChanges changes;
    changes.domain = &domain;
    for (int i = 0; i < 900; ++i) {
      if (i < 899) {
        store.Run([&](DomainStore& open) { open.Commit(SignIns(i, 1), nullptr); });
      } else {
        ASSERT_TRUE(store.Commit(SignIns(i, 1)).ok());
      }
    }
    ASSERT_TRUE(store.Project(changes, 900).ok());
  }
  DomainStoreOptions options = Options("r2");
  options.reply_commits_scanned = 450;
  WaitingStore store(options);
  const Result<LoadedState> state = store.Load();
  ASSERT_TRUE(state.ok()) << state.error().message;
  ASSERT_EQ(state->replies.size(), 450u);
  EXPECT_EQ(state->replies.front().request_id, "req-450");
  EXPECT_EQ(state->replies.back().request_id, "req-899");
}

TEST_F(DomainStoreTest, AServerThatWouldForgetIsRefusedWithTheRemedy) {
  WaitingClient redis(redis_->address());
  redis.Call({"CONFIG", "SET", "appendonly", "no"});
  WaitingStore store(Options("r1"));
  const Result<LoadedState> state = store.Load();
  ASSERT_FALSE(state.ok());
  EXPECT_EQ(state.error().reason, "REDIS_APPENDONLY_OFF");
  EXPECT_NE(state.error().next_step.find("CONFIG SET appendonly yes"), std::string::npos);
}

TEST_F(DomainStoreTest, AlwaysIsNotPromisedOnAServerThatDoesNotSync) {
  DomainStoreOptions options = Options("r1");
  options.address = redis_->address();  // a user who may see it
  options.durability = Durability::kAlways;
  WaitingStore store(options);
  const Result<LoadedState> state = store.Load();
  ASSERT_FALSE(state.ok());
  EXPECT_EQ(state.error().reason, "REDIS_FSYNC");
  WaitingClient redis(redis_->address());
  redis.Call({"CONFIG", "SET", "appendfsync", "always"});
  EXPECT_TRUE(store.Load().ok());
}

// CONFIG GET would show passwords as well, so the user of Usher may not use it; the operator sees
// to appendfsync then, as docs/operate/redis.md says.
TEST_F(DomainStoreTest, AUserWhoMayNotReadTheSettingTakesTheOperatorsWordForIt) {
  DomainStoreOptions options = Options("r1");
  options.durability = Durability::kAlways;
  WaitingStore store(options);
  EXPECT_TRUE(store.Load().ok());
}

TEST_F(DomainStoreTest, FewerReplicasThanPromisedAreNamedAtTheLoad) {
  DomainStoreOptions options = Options("r1");
  options.durability = Durability::kReplicated;
  options.replicas = 2;
  WaitingStore store(options);
  const Result<LoadedState> loaded = store.Load();
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().reason, "REDIS_TOO_FEW_REPLICAS");
  EXPECT_NE(loaded.error().message.find("has 0 replicas in step"), std::string::npos);
  EXPECT_NE(loaded.error().message.find("needs 2"), std::string::npos);
}

TEST_F(DomainStoreTest, MayBeDestroyedFromItsOwnCallback) {
  io::EventLoop loop;
  loop.Start("store");
  Arrival<bool> gone;
  std::unique_ptr<DomainStore> store;
  loop.Call([&] {
    store = std::make_unique<DomainStore>(loop, Options("r1"));
    store->Load(Takeover::kForce, [&](Result<LoadedState> state) {
      ASSERT_TRUE(state.ok());
      store->Commit(SignIns(0, 1), [&](Result<CommitSeq>) {
        store.reset();
        gone.Set(true);
      });
      store->Commit(SignIns(1, 1), [&](Result<CommitSeq>) { ADD_FAILURE() << "it is gone"; });
    });
  });
  gone.Wait();
  loop.Stop(Duration{100});
}

}  // namespace
}  // namespace usher::store
