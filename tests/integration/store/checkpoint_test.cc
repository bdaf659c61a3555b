// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "router/engine/engine.h"
#include "router/store/functions.h"
#include "router/store/keys.h"
#include "router/store/past_reader.h"
#include "tests/integration/store/store_fixture.h"
#include "tests/integration/store/stormy_domain.h"

namespace usher::store {
namespace {

using engine::Engine;

const Keys kKeys(DomainId{"acme"});

class CheckpointTest : public StoreTest {
 protected:
  // So small that a short test makes many checkpoints and cuts the log often.
  DomainStoreOptions SmallHistory() const {
    DomainStoreOptions options = Options("r1");
    options.history = {
        .commits_kept = 400, .log_bytes_kept = 4u << 20, .checkpoint_log_bytes = 8u << 10};
    return options;
  }

  PastReader OpenPast() const {
    Result<PastReader> past =
        PastReader::Open(DomainId{"acme"}, ToTarget(redis_->address()),
                         {.deadline = std::chrono::steady_clock::now() + kPatience});
    EXPECT_TRUE(past.ok()) << past.error().message;
    return *std::move(past);
  }

  // Everything that can be told of the past is what the events made.
  void ExpectTrue(const StormyDomain& domain, std::size_t starts_min) const {
    PastReader past = OpenPast();
    const Result<PastExtent> extent = past.Extent();
    ASSERT_TRUE(extent.ok()) << extent.error().message;
    EXPECT_GE(extent->starts.size(), starts_min);
    EXPECT_EQ(extent->last_seq, domain.last());
    for (const PastStart& start : extent->starts) {
      const Result<PastRows> rows = past.ReadRows(start);
      ASSERT_TRUE(rows.ok()) << rows.error().message;
      Engine engine = RestoreFrom(*rows);
      const Engine folded = domain.At(start.seq);
      EXPECT_EQ(RowsOf(engine), RowsOf(folded)) << "at commit " << start.seq;
      EXPECT_EQ(start.next_offer, folded.Row().next_offer);
      EXPECT_EQ(start.now, folded.Row().now);
      Fold(past, start.seq, engine);
      EXPECT_EQ(RowsOf(engine), RowsOf(domain.At(domain.last()))) << "from commit " << start.seq;
    }
  }

  static void Fold(PastReader& past, CommitSeq from, Engine& engine) {
    while (true) {
      const Result<std::vector<StoredCommit>> commits = past.ReadCommits(from);
      ASSERT_TRUE(commits.ok()) << commits.error().message;
      if (commits->empty()) return;
      for (const StoredCommit& commit : *commits) {
        for (const engine::Event& event : commit.batch.events) engine.Evolve(event);
      }
      from = commits->back().seq;
    }
  }
};

TEST_F(CheckpointTest, HoldsTheStateThatTheEventsUpToItMake) {
  WaitingStore store(SmallHistory());
  ASSERT_TRUE(store.Load().ok());
  for (const std::uint64_t seed : {1}) {
    StormyDomain domain(store, seed);
    domain.Run(2'000);
    ExpectTrue(domain, 3);
  }
}

TEST_F(CheckpointTest, TheLogIsCutAtCheckpointsAndKeepsItsLimits) {
  const DomainStoreOptions options = SmallHistory();
  WaitingStore store(options);
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 2);
  WaitingClient redis(redis_->address());
  for (int i = 0; i < 12; ++i) {
    domain.Run(200);
    domain.Project();  // answered after the checkpoint that the one before began
    PastReader past = OpenPast();
    const PastExtent extent = *past.Extent();
    ASSERT_FALSE(extent.starts.empty());
    const CommitSeq kept = domain.last() - extent.starts.front().seq;
    if (extent.starts.front().seq > 0) {
      EXPECT_GE(kept, options.history.commits_kept);
    }
    // Half as many again, and what comes between two projections.
    EXPECT_LE(kept, options.history.commits_kept * 3 / 2 + 100);
    // A node of the stream holds a hundred, or four kilobytes.
    EXPECT_LE(redis.Call({"XLEN", kKeys.Log()}).integer(), static_cast<std::int64_t>(kept + 101));
    // Nothing of dropped checkpoints stays.
    const auto copies = redis.Call({"KEYS", kKeys.prefix() + "checkpoint:*"}).items().size();
    EXPECT_EQ(copies, extent.starts.size() - (extent.starts.front().seq == 0 ? 1 : 0));
  }
  EXPECT_GT(OpenPast().Extent()->starts.front().seq, 0u);
}

// What the log really takes, whatever the store believes.
std::uint64_t BytesOfLog(WaitingClient& redis) {
  std::uint64_t bytes = 0;
  const RedisReply log = redis.Call({"XRANGE", kKeys.Log(), "-", "+"});
  for (const RedisReply& entry : log.items()) bytes += entry.At(1).At(3).text().size();
  return bytes;
}

// Until the checkpoint that was begun is made, the log cut at it, and the store knows.
void Settle(StormyDomain& domain) {
  for (int i = 0; i < 3; ++i) domain.Project();
}

TEST_F(CheckpointTest, TheLogHoldsNoMoreBytesThanItsLimitAndHalfAsMany) {
  DomainStoreOptions options = SmallHistory();
  options.history = {
      .commits_kept = 100'000, .log_bytes_kept = 64u << 10, .checkpoint_log_bytes = 8u << 10};
  WaitingStore store(options);
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 9);
  WaitingClient redis(redis_->address());
  std::uint64_t most = 0;
  for (int i = 0; i < 20; ++i) {
    domain.Run(200);
    Settle(domain);
    HistoryFigures figures;
    store.Run([&](DomainStore& open) { figures = open.history(); });
    const std::uint64_t bytes = BytesOfLog(redis);
    // Whole nodes of the stream are freed (four kilobytes), and commits come between two
    // projections.
    EXPECT_LE(bytes, options.history.log_bytes_kept * 3 / 2 + 24 * 1'024);
    EXPECT_NEAR(static_cast<double>(figures.log_bytes), static_cast<double>(bytes), 8'192.0);
    EXPECT_EQ(figures.oldest + figures.commits, domain.last() + 1);
    most = std::max(most, bytes);
  }
  EXPECT_GT(most, options.history.log_bytes_kept) << "the limit was never reached";
}

TEST_F(CheckpointTest, TellsWhatIsKeptAlsoAfterARestart) {
  std::optional<StormyDomain> domain;
  HistoryFigures before;
  {
    WaitingStore store(SmallHistory());
    ASSERT_TRUE(store.Load().ok());
    domain.emplace(store, 10);
    domain->Run(1'500);
    Settle(*domain);
    store.Run([&](DomainStore& open) { before = open.history(); });
  }
  const PastExtent extent = *OpenPast().Extent();
  EXPECT_EQ(before.oldest, extent.starts.front().seq);
  EXPECT_EQ(before.oldest_at, extent.starts.front().now);
  EXPECT_EQ(before.checkpoints, extent.starts.size());
  EXPECT_GT(before.checkpoint_bytes, 0u);
  WaitingStore store(SmallHistory());
  ASSERT_TRUE(store.Load().ok());
  HistoryFigures after;
  store.Run([&](DomainStore& open) { after = open.history(); });
  EXPECT_EQ(after.checkpoints, before.checkpoints);
  EXPECT_EQ(after.checkpoint_bytes, before.checkpoint_bytes);
  EXPECT_GT(after.oldest_at, Instant{});
  EXPECT_LE(after.oldest_at, before.oldest_at);  // a node of the stream holds some more
}

TEST_F(CheckpointTest, AConnectionLostInTheMiddleLeavesNoWrongOne) {
  WaitingStore store(SmallHistory());
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 3);
  WaitingClient redis(redis_->address());
  for (int i = 0; i < 60; ++i) {
    domain.Run(20);
    redis.Call({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  }
  domain.Run(200);
  ExpectTrue(domain, 2);
}

TEST_F(CheckpointTest, GoesOnAfterARestartWhereItWas) {
  std::optional<StormyDomain> domain;
  {
    WaitingStore store(SmallHistory());
    ASSERT_TRUE(store.Load().ok());
    domain.emplace(store, 4);
    domain->Run(1'000);
    ExpectTrue(*domain, 2);
  }
  const PastExtent before = *OpenPast().Extent();
  WaitingStore store(SmallHistory());
  ASSERT_TRUE(store.Load().ok());
  const PastExtent after = *OpenPast().Extent();
  ASSERT_EQ(after.starts.size(), before.starts.size());
  EXPECT_EQ(after.starts.back().seq, before.starts.back().seq);
  ExpectTrue(*domain, 2);
}

TEST_F(CheckpointTest, AnUnfinishedOneIsRemovedByTheNextLoad) {
  {
    WaitingStore store(SmallHistory());
    ASSERT_TRUE(store.Load().ok());
    StormyDomain domain(store, 5);
    domain.Run(600);
  }
  WaitingClient redis(redis_->address());
  const std::size_t complete = OpenPast().Extent()->starts.size();
  // As a router leaves it that dies between two pages.
  redis.Call({"HSET", kKeys.Checkpoints(), "599", ""});
  redis.Call({"RPUSH", kKeys.Checkpoint(599), "a row"});
  EXPECT_EQ(OpenPast().Extent()->starts.size(), complete);
  WaitingStore store(SmallHistory());
  ASSERT_TRUE(store.Load().ok());
  EXPECT_TRUE(redis.Call({"HGET", kKeys.Checkpoints(), "599"}).IsNil());
  EXPECT_EQ(redis.Call({"EXISTS", kKeys.Checkpoint(599)}).integer(), 0);
  EXPECT_EQ(OpenPast().Extent()->starts.size(), complete);
}

TEST_F(CheckpointTest, NoCallCutsTheLogBehindOne) {
  WaitingStore store(SmallHistory());
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 6);
  domain.Run(600);
  const PastExtent extent = *OpenPast().Extent();
  ASSERT_EQ(extent.starts.front().seq, 0u);
  ASSERT_GE(extent.starts.size(), 2u);
  const CommitSeq oldest = extent.starts[1].seq;
  WaitingClient redis(redis_->address());
  const auto trim = [&](CommitSeq keep_from) {
    return redis.Call({"FCALL", DomainFunctionsByName().trim, "3", kKeys.Lease(), kKeys.Log(),
                       kKeys.Checkpoints(), "1", "r1", std::to_string(keep_from)});
  };
  EXPECT_EQ(trim(oldest + 1).ErrorWord(), "UNPROJECTED");
  EXPECT_FALSE(trim(oldest).IsError());
}

TEST_F(CheckpointTest, AnOldLeaderMakesNone) {
  WaitingStore old_leader(SmallHistory());
  ASSERT_TRUE(old_leader.Load().ok());
  StormyDomain domain(old_leader, 7);
  domain.Run(10);
  WaitingStore new_leader(Options("r2"));
  ASSERT_TRUE(new_leader.Load(Takeover::kForce).ok());
  WaitingClient redis(redis_->address());
  const RedisReply reply =
      redis.Call({"FCALL", DomainFunctionsByName().checkpoint, "4", kKeys.Lease(),
                  kKeys.Checkpoints(), kKeys.Checkpoint(1), kKeys.Domain(), "1", "r1",
                  std::to_string(domain.last()), "0", "1000", "", ""});
  EXPECT_EQ(reply.ErrorWord(), "FENCED");
  EXPECT_EQ(redis.Call({"EXISTS", kKeys.Checkpoint(1)}).integer(), 0);
}

TEST_F(CheckpointTest, ARowThatIsMissingStopsNeitherRoutingNorTheTrimForEver) {
  const DomainStoreOptions options = SmallHistory();
  WaitingStore store(options);
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 8);
  domain.Run(20);
  WaitingClient redis(redis_->address());
  RowChanges ghost;
  ghost.agents = {engine::AgentRow{.id = AgentId{"ghost"}}};
  ASSERT_TRUE(store.Project(ghost, domain.last()).ok());
  redis.Call({"DEL", kKeys.Agent(AgentId{"ghost"})});
  domain.Run(2'000);
  EXPECT_EQ(OpenPast().Extent()->starts.size(), 0u);
  EXPECT_LE(redis.Call({"XLEN", kKeys.Log()}).integer(),
            static_cast<std::int64_t>(2 * options.history.commits_kept + 201));
}

}  // namespace
}  // namespace usher::store
