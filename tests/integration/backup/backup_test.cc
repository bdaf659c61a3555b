// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <latch>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "router/backup/backup_file.h"
#include "router/backup/check_backup.h"
#include "router/backup/domain_restorer.h"
#include "router/backup/restore_backup.h"
#include "router/backup/take_backup.h"
#include "router/context/keys.h"
#include "router/store/functions.h"
#include "router/store/key_walk.h"
#include "tests/integration/store/redis_cluster.h"
#include "tests/integration/store/store_fixture.h"
#include "tests/integration/store/stored_domain.h"
#include "tests/integration/store/stormy_domain.h"

namespace usher::backup {
namespace {

namespace fs = std::filesystem;
using engine::Engine;
using store::AsAclUser;
using store::CommitSeq;
using store::DomainStoreOptions;
using store::kPatience;
using store::LoadedState;
using store::PrivateRedis;
using store::RedisAddress;
using store::RedisReply;
using store::RedisTarget;
using store::RowsOf;
using store::StormyDomain;
using store::Takeover;
using store::ToEngine;
using store::WaitingClient;
using store::WaitingStore;

const DomainId kAcme{"acme"};
const store::Keys kKeys(kAcme);
// Storms are of 2023: what closed in them is kept for as long as the test looks.
constexpr Duration kForYears = std::chrono::hours{24 * 365 * 50};

std::string ReadAll(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void WriteAll(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

// Everything that a Redis holds, but what only living routers make.
std::map<std::string, std::vector<std::string>> Contents(const RedisTarget& target,
                                                         const std::string& pattern) {
  auto redis =
      *store::KeyWalk::Open(target, {.deadline = std::chrono::steady_clock::now() + kPatience});
  std::map<std::string, std::vector<std::string>> contents;
  const auto texts = [](const RedisReply& reply, auto& self) -> std::vector<std::string> {
    if (!reply.IsArray()) return {std::string(reply.text())};
    std::vector<std::string> all;
    for (const RedisReply& item : reply.items()) {
      for (std::string& text : self(item, self)) all.push_back(std::move(text));
    }
    return all;
  };
  const Result<void> walked = redis->Walk(pattern, [&](std::span<const std::string> keys) {
    for (const std::string& key : keys) {
      const std::string type(redis->Call({"TYPE", key}, "test")->text());
      const std::map<std::string, std::vector<std::string>> reads = {
          {"string", {"GET", key}},
          {"hash", {"HGETALL", key}},
          {"list", {"LRANGE", key, "0", "-1"}},
          {"set", {"SMEMBERS", key}},
          {"zset", {"ZRANGE", key, "0", "-1", "WITHSCORES"}},
          {"stream", {"XRANGE", key, "-", "+"}}};
      std::vector<std::string> value = texts(*redis->Call(reads.at(type), "test"), texts);
      if (type == "hash" || type == "set") std::ranges::sort(value);
      contents[key] = std::move(value);
    }
    return Result<void>();
  });
  EXPECT_TRUE(walked.ok()) << walked.error().message;
  return contents;
}

class BackupTest : public store::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    file_ = dir_.path() / "acme.backup";
  }

  // So small that a short test makes many checkpoints and cuts the log often.
  DomainStoreOptions SmallHistory(const std::string& router = "r1") const {
    DomainStoreOptions options = Options(router);
    options.history = {
        .commits_kept = 400, .log_bytes_kept = 4u << 20, .checkpoint_log_bytes = 8u << 10};
    options.closed_contact_kept = kForYears;
    return options;
  }

  RedisTarget Target() const { return store::ToTarget(redis_->address()); }
  static store::Patience Patiently() {
    return {.deadline = std::chrono::steady_clock::now() + kPatience};
  }

  // As users who may do no more than it takes.
  Result<BackupSummary> Take(const RedisTarget& from) const {
    return TakeBackup({AsAclUser(from, store::kAuditor), {kAcme}, file_, "1.2.3", Patiently()});
  }
  RestoreOptions Restoring(const RedisTarget& into) const {
    RestoreOptions options;
    options.redis = AsAclUser(into, store::kRestorer);
    options.file = file_;
    options.closed_contact_kept = kForYears;
    options.patience = Patiently();
    return options;
  }

  // Another Redis, empty.
  void StartOther() {
    store::PrivateRedisOptions options;
    options.data_dir = dir_.path() / "other";
    options.program = store::WriteAclProgram(dir_.path());
    options.fsync_always = false;
    auto started = PrivateRedis::Start(options);
    ASSERT_TRUE(started.ok()) << started.error().message;
    other_ = *std::move(started);
  }
  RedisTarget Other() const { return store::ToTarget(other_->address()); }
  DomainStoreOptions InOther(DomainStoreOptions options) const {
    options.address = AsAclUser(other_->address());
    return options;
  }

  // Some of everything that the context keeps.
  static void WriteContext(const RedisAddress& address) {
    WaitingClient redis(address);
    for (int i = 0; i < 40; ++i) {
      const CustomerId customer{"cu_" + std::to_string(i)};
      const std::string n = std::to_string(i);
      redis.Call({"SET", context::IdentityKey(kAcme, "phone", "+86" + n), customer.value()});
      redis.Call(
          {"ZADD", context::CustomersKey(kAcme), std::to_string(1'000 + i), customer.value()});
      redis.Call({"SET", context::CustomerKey(kAcme, customer, "record"), "record of " + n});
      redis.Call(
          {"HSET", context::CustomerKey(kAcme, customer, "meta"), "fed", "1", "contacts", n});
      redis.Call({"XADD", context::CustomerKey(kAcme, customer, "timeline"), "5-1", "e", "first"});
      redis.Call({"XADD", context::CustomerKey(kAcme, customer, "timeline"), "6-0", "e", n, "f",
                  std::string("\0\r\n", 3)});
    }
    for (int i = 0; i < 900; ++i) {
      const std::string n = std::to_string(i);
      redis.Call({"XADD", context::ConversationKey(kAcme, "c7", "messages"), n + "-1", "m",
                  "message " + n});
      redis.Call({"HSET", context::ConversationKey(kAcme, "c7", "said"), "ann:" + n, n});
    }
    redis.Call({"HSET", "usher:{acme}:versions", "1", "domain: acme"});
    redis.Call({"HSET", kKeys.Parked(), "usher:{acme}:agent:x", "damaged"});
    redis.Call({"SET", context::FedKey(kAcme), "12"});
  }

  // What the file holds, in `into`, is the domain as its commits make it, and can go on.
  static void ExpectRestored(const DomainStoreOptions& options, const StormyDomain& domain,
                             const DomainEnd& end) {
    WaitingStore store(options);
    Result<LoadedState> loaded = store.Load(Takeover::kWhenVacant);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_GT(loaded->epoch, end.epoch);
    EXPECT_EQ(loaded->last_seq, end.seq);
    EXPECT_TRUE(loaded->parked.empty());
    EXPECT_EQ(RowsOf(ToEngine(*std::move(loaded))), RowsOf(domain.At(end.seq)));
    const Result<CommitSeq> next = store.Commit({});
    ASSERT_TRUE(next.ok()) << next.error().message;
    EXPECT_EQ(*next, end.seq + 1);
  }

  fs::path file_;
  std::unique_ptr<PrivateRedis> other_;
};

TEST_F(BackupTest, TakenUnderLoadIsTheDomainAtOneCommitWithItsContext) {
  WriteContext(redis_->address());
  WaitingStore store(SmallHistory());
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 11);
  domain.Run(1'500);
  const CommitSeq before = domain.last();
  std::atomic<bool> enough = false;
  std::latch begun(1);
  std::thread load([&] {
    domain.Run(100);
    begun.count_down();
    while (!enough) domain.Run(20);
  });
  begun.wait();
  const Result<BackupSummary> taken = Take(Target());
  enough = true;
  load.join();
  ASSERT_TRUE(taken.ok()) << taken.error().message;
  const Result<BackupSummary> checked = CheckBackup(file_);
  ASSERT_TRUE(checked.ok()) << checked.error().message;
  const DomainEnd& end = checked->domains.front().end;
  EXPECT_GT(end.seq, before) << "the domain stood still";
  EXPECT_GT(end.rows, 0u);
  EXPECT_EQ(checked->header.version, "1.2.3");

  StartOther();
  const Result<std::vector<RestoredDomain>> restored = RestoreBackup(Restoring(Other()));
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  EXPECT_EQ(restored->front().seq, end.seq);
  for (const char* pattern : {"usher:{acme/*", "usher:{acme}:customers", "usher:{acme}:versions",
                              "usher:{acme}:fed", "usher:{acme}:parked"}) {
    EXPECT_EQ(Contents(Other(), pattern), Contents(Target(), pattern)) << pattern;
  }
  ExpectRestored(InOther(SmallHistory("r2")), domain, end);

  // What was kept of the past is there as well.
  auto past = store::PastReader::Open(kAcme, Other(), Patiently());
  ASSERT_TRUE(past.ok());
  const Result<store::PastExtent> extent = past->Extent();
  ASSERT_TRUE(extent.ok()) << extent.error().message;
  EXPECT_GE(extent->starts.size(), 2u);
  for (const store::PastStart& start : extent->starts) {
    const Result<store::PastRows> rows = past->ReadRows(start);
    ASSERT_TRUE(rows.ok()) << rows.error().message;
    EXPECT_EQ(RowsOf(RestoreFrom(*rows)), RowsOf(domain.At(start.seq)));
  }
}

TEST_F(BackupTest, ContactsThatClosedAreKept) {
  WaitingStore store(SmallHistory());
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 12);
  domain.Run(800);
  ASSERT_TRUE(Take(Target()).ok());
  StartOther();
  ASSERT_TRUE(RestoreBackup(Restoring(Other())).ok());
  // Those behind the rows are kept by the first router that leads the domain, as after a crash.
  WaitingStore next(InOther(SmallHistory("r2")));
  const Result<LoadedState> loaded = next.Load();
  ASSERT_TRUE(loaded.ok());
  ASSERT_TRUE(next.Project({}, loaded->last_seq).ok());
  WaitingClient from(redis_->address());
  WaitingClient into(other_->address());
  std::size_t closed = 0;
  for (const auto& [key, value] : Contents(Target(), "usher:{acme}:contact:*")) {
    const std::int64_t left = from.Call({"PTTL", key}).integer();
    if (left < 0) continue;
    ++closed;
    const RedisReply there = into.Call({"GET", key});
    EXPECT_EQ(there.text(), value.front()) << key;
    EXPECT_NEAR(static_cast<double>(into.Call({"PTTL", key}).integer()), static_cast<double>(left),
                60'000.0);
  }
  EXPECT_GT(closed, 20u);
}

TEST_F(BackupTest, ADomainWithoutACheckpointIsFoldedFromItsFirstCommit) {
  WaitingStore store(Options("r1"));
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 13);
  domain.Run(300);
  const Result<BackupSummary> taken = Take(Target());
  ASSERT_TRUE(taken.ok()) << taken.error().message;
  EXPECT_EQ(taken->domains.front().end.rows, 0u);
  StartOther();
  ASSERT_TRUE(RestoreBackup(Restoring(Other())).ok());
  ExpectRestored(InOther(Options("r2")), domain, taken->domains.front().end);
}

TEST_F(BackupTest, AnotherNameStandsBesideTheFirst) {
  WaitingStore store(SmallHistory());
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 14);
  domain.Run(300);
  const Result<BackupSummary> taken = Take(Target());
  ASSERT_TRUE(taken.ok());
  RestoreOptions options = Restoring(Target());
  options.as = DomainId{"copy"};
  const auto restored = RestoreBackup(options);
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  DomainStoreOptions copy = Options("r2");
  copy.domain = DomainId{"copy"};
  ExpectRestored(copy, domain, taken->domains.front().end);
  domain.Run(10);  // the first goes on
}

TEST_F(BackupTest, IsRefusedWhileARouterLeadsAndOverWhatIsThere) {
  DomainStoreOptions leading = SmallHistory();
  leading.lease = std::chrono::minutes{10};
  WaitingStore store(leading);
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 15);
  domain.Run(100);
  ASSERT_TRUE(Take(Target()).ok());
  const auto before = Contents(Target(), "usher:*");
  RestoreOptions options = Restoring(Target());
  options.replace = true;
  EXPECT_EQ(RestoreBackup(options).error().reason, "DOMAIN_LED_ELSEWHERE");
  WaitingClient redis(redis_->address());
  redis.Call({"DEL", kKeys.Alive()});
  options.replace = false;
  EXPECT_EQ(RestoreBackup(options).error().reason, "DOMAIN_NOT_EMPTY");
  auto after = Contents(Target(), "usher:*");
  after[kKeys.Alive()] = before.at(kKeys.Alive());
  EXPECT_EQ(after, before);
}

TEST_F(BackupTest, FencesWhoLedBeforeAndRevivesNoEpoch) {
  DomainStoreOptions leading = SmallHistory();
  leading.lease = std::chrono::minutes{10};
  WaitingStore store(leading);
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 16);
  domain.Run(100);
  ASSERT_TRUE(Take(Target()).ok());
  const CommitSeq kept = domain.last();
  domain.Run(50);
  WaitingClient redis(redis_->address());
  redis.Call({"DEL", kKeys.Alive()});  // it was paused for so long
  RestoreOptions options = Restoring(Target());
  options.replace = true;
  const auto restored = RestoreBackup(options);
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  const Result<CommitSeq> late = store.Commit({});
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().reason, "FENCED");
  EXPECT_EQ(redis.Call({"HGET", kKeys.Lease(), "seq"}).AsUnsigned(), kept);

  // Above what was there, although the backup is older; and above the floor.
  redis.Call({"HSET", kKeys.Lease(), "epoch", "40"});
  ASSERT_TRUE(RestoreBackup(options).ok());
  EXPECT_EQ(redis.Call({"HGET", kKeys.Lease(), "epoch"}).AsUnsigned(), 41u);
  options.epoch_floor = [](const DomainId&) { return Result<std::uint64_t>(100); };
  ASSERT_TRUE(RestoreBackup(options).ok());
  WaitingStore next(SmallHistory("r2"));
  EXPECT_EQ(next.Load(Takeover::kWhenVacant)->epoch, 102u);
}

TEST_F(BackupTest, OneThatWasBrokenOffLeavesNothingToRouteFrom) {
  WaitingStore store(SmallHistory());
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 17);
  domain.Run(300);
  ASSERT_TRUE(Take(Target()).ok());
  StartOther();
  const Result<BackupSummary> summary = CheckBackup(file_);
  ASSERT_TRUE(summary.ok());
  const DomainSummary& whole = summary->domains.front();
  {
    auto redis = store::KeyWalk::Open(Other(), Patiently(), {store::DomainFunctions()});
    ASSERT_TRUE(redis.ok()) << redis.error().message;
    DomainRestorer::Options half;
    half.as = kAcme;
    half.backup_id = summary->header.id;
    half.restorer_id = "restore-1";
    DomainRestorer restorer(**redis, whole, half);
    ASSERT_TRUE(restorer.CheckTarget().ok());
    ASSERT_TRUE(restorer.Begin().ok());
    auto reader = BackupReader::Open(file_);
    for (int i = 0; i < 4; ++i) {
      const Result<Block> block = (*reader)->Next();
      if (block->kind != BlockKind::kCommits) continue;
      ASSERT_TRUE(restorer.Take(*ContentOf<CommitsPart>(*block)).ok());
    }
    EXPECT_EQ(WaitingStore(InOther(Options("r2"))).Load(Takeover::kWhenVacant).error().reason,
              "DOMAIN_LED_ELSEWHERE");
    restorer.Abandon();
  }
  for (const Takeover takeover : {Takeover::kWhenVacant, Takeover::kForce}) {
    const auto refused = WaitingStore(InOther(Options("r2"))).Load(takeover);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().reason, "RESTORE_INCOMPLETE");
  }
  EXPECT_EQ(TakeBackup({Other(), {kAcme}, dir_.path() / "half", "1", Patiently()}).error().reason,
            "RESTORE_INCOMPLETE");
  const auto again = RestoreBackup(Restoring(Other()));
  ASSERT_TRUE(again.ok()) << again.error().message;
  ExpectRestored(InOther(SmallHistory("r3")), domain, whole.end);
}

TEST_F(BackupTest, ADamagedFileIsRefusedBeforeAnythingIsWritten) {
  WaitingStore store(SmallHistory());
  ASSERT_TRUE(store.Load().ok());
  StormyDomain domain(store, 18);
  domain.Run(60);
  ASSERT_TRUE(Take(Target()).ok());
  StartOther();
  WaitingClient into(other_->address());
  const std::string whole = ReadAll(file_);
  const std::size_t step = whole.size() / 100 + 1;
  for (std::size_t at = 0; at < whole.size(); at += step) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    WriteAll(file_, flipped);
    EXPECT_FALSE(CheckBackup(file_).ok()) << "byte " << at;
    WriteAll(file_, whole.substr(0, at));
    EXPECT_FALSE(CheckBackup(file_).ok()) << at << " bytes";
  }
  EXPECT_FALSE(RestoreBackup(Restoring(Other())).ok());
  EXPECT_EQ(into.Call({"DBSIZE"}).integer(), 0);
  WriteAll(file_, whole);
  EXPECT_TRUE(CheckBackup(file_).ok());
}

TEST_F(BackupTest, AllDomainsStandInOneFile) {
  DomainStoreOptions second = Options("r1");
  second.domain = DomainId{"beta"};
  WaitingStore acme_store(SmallHistory());
  WaitingStore beta_store(second);
  ASSERT_TRUE(acme_store.Load().ok());
  ASSERT_TRUE(beta_store.Load().ok());
  StormyDomain acme(acme_store, 19);
  StormyDomain beta(beta_store, 20);
  acme.Run(100);
  beta.Run(100);
  const auto taken = TakeBackup({Target(), {}, file_, "1", Patiently()});
  ASSERT_TRUE(taken.ok()) << taken.error().message;
  ASSERT_EQ(taken->domains.size(), 2u);
  StartOther();
  RestoreOptions options = Restoring(Other());
  options.domains = {DomainId{"gamma"}};
  EXPECT_EQ(RestoreBackup(options).error().reason, "UNKNOWN_DOMAIN");
  options.domains = {DomainId{"beta"}};
  ASSERT_TRUE(RestoreBackup(options).ok());
  EXPECT_TRUE(Contents(Other(), "usher:{acme*").empty());
  options.domains = {kAcme};
  ASSERT_TRUE(RestoreBackup(options).ok());
  ExpectRestored(InOther(SmallHistory("r2")), acme, taken->domains[0].end);
  DomainStoreOptions beta_there = InOther(second);
  beta_there.router_id = "r2";
  ExpectRestored(beta_there, beta, taken->domains[1].end);
}

TEST_F(BackupTest, GoesIntoAClusterAndOutOfIt) {
  WriteContext(redis_->address());
  std::optional<StormyDomain> domain;
  WaitingStore store(SmallHistory());
  ASSERT_TRUE(store.Load().ok());
  domain.emplace(store, 21);
  domain->Run(400);
  ASSERT_TRUE(Take(Target()).ok());
  store::RedisCluster::Options options;
  options.dir = dir_.path() / "cluster";
  fs::create_directories(options.dir);
  options.server_arguments = {"--aclfile", store::WriteAclFile(options.dir)};
  store::RedisCluster cluster(options);
  const RedisTarget there = cluster.Target();
  const auto restored = RestoreBackup(Restoring(there));
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  EXPECT_EQ(Contents(there, "usher:{acme/*"), Contents(Target(), "usher:{acme/*"));
  fs::remove(file_);
  const Result<BackupSummary> again = Take(there);
  ASSERT_TRUE(again.ok()) << again.error().message;
  StartOther();
  ASSERT_TRUE(RestoreBackup(Restoring(Other())).ok());
  EXPECT_EQ(Contents(Other(), "usher:{acme/*"), Contents(Target(), "usher:{acme/*"));
  ExpectRestored(InOther(SmallHistory("r2")), *domain, again->domains.front().end);
}

}  // namespace
}  // namespace usher::backup
