// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/store/stored_domain.h"

#include <fstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "router/store/past_reader.h"
#include "router/store/record.h"
#include "tests/integration/store/store_fixture.h"

namespace usher::store {
namespace {

const std::string kSample = USHER_SOURCE_DIR "/tests/integration/store/samples/domain-v1";
const Keys kKeys(DomainId{"acme"});

class StoredDomainTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    std::ifstream script(kSample + ".commands");
    ASSERT_TRUE(script.good()) << kSample << " is missing";
    WaitingClient redis(redis_->address());
    for (std::string line; std::getline(script, line);) {
      ASSERT_FALSE(redis.Call(FromScriptLine(line)).IsError());
    }
    std::ifstream fields(kSample + ".fields");
    for (std::string line; std::getline(fields, line);) {
      const std::size_t middle = line.find(" = ");
      expected_[line.substr(0, middle)] = line.substr(middle + 3);
    }
  }

  // Fields that were added since have no line; those of then are all as they were.
  void ExpectAsStored(const engine::Engine& engine) const {
    const FieldLines lines = StateLinesOf(engine);
    ASSERT_GT(expected_.size(), 500u);
    for (const auto& [path, value] : expected_) {
      ASSERT_TRUE(lines.contains(path)) << path;
      EXPECT_EQ(lines.at(path), value) << path;
    }
  }

  FieldLines expected_;
};

// As the first version with this format left it behind, in the middle of its work.
TEST_F(StoredDomainTest, IsLoadedLedAndGoneOnWith) {
  CommitSeq last = 0;
  {
    WaitingStore store(Options("r1"));
    Result<LoadedState> loaded = store.Load(Takeover::kWhenVacant);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_TRUE(loaded->parked.empty());
    EXPECT_FALSE(loaded->contacts.empty());
    EXPECT_GT(loaded->commits.size(), 0u);
    last = loaded->last_seq;
    const engine::Engine engine = ToEngine(*std::move(loaded));
    ExpectAsStored(engine);
    ASSERT_TRUE(store.Commit({}).ok());
  }
  WaitingStore next(Options("r2"));
  Result<LoadedState> again = next.Load();
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->last_seq, last + 1);
  ExpectAsStored(ToEngine(*std::move(again)));
}

TEST_F(StoredDomainTest, IsExplainedFromItsCheckpoints) {
  auto past = PastReader::Open(DomainId{"acme"}, ToTarget(redis_->address()),
                               {.deadline = std::chrono::steady_clock::now() + kPatience});
  ASSERT_TRUE(past.ok());
  const Result<PastExtent> extent = past->Extent();
  ASSERT_TRUE(extent.ok()) << extent.error().message;
  ASSERT_FALSE(extent->starts.empty());
  for (const PastStart& start : extent->starts) {
    Result<PastRows> rows = past->ReadRows(start);
    ASSERT_TRUE(rows.ok()) << rows.error().message;
    engine::Engine engine = RestoreFrom(*std::move(rows));
    CommitSeq from = start.seq;
    while (true) {
      const auto commits = past->ReadCommits(from);
      ASSERT_TRUE(commits.ok()) << commits.error().message;
      if (commits->empty()) break;
      for (const StoredCommit& commit : *commits) {
        for (const engine::Event& event : commit.batch.events) engine.Evolve(event);
      }
      from = commits->back().seq;
    }
    ExpectAsStored(engine);
  }
}

// A later version's row among them stops the load, loudly; nothing is parked or changed.
TEST_F(StoredDomainTest, IsNotLoadedOnceALaterVersionWroteIntoIt) {
  WaitingClient redis(redis_->address());
  const RedisReply ids = redis.Call({"SMEMBERS", kKeys.Agents()});
  ASSERT_FALSE(ids.items().empty());
  const std::string key = kKeys.Agent(AgentId{std::string(ids.At(0).text())});
  std::string later;
  const std::size_t start = OpenRecord(RecordKind::kAgent, later);
  later[start] = static_cast<char>(kRecordVersion + 1);
  CloseRecord(start, later);
  redis.Call({"SET", key, later});
  const auto refused = WaitingStore(Options("r1")).Load();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "RECORD_TOO_NEW");
  EXPECT_EQ(redis.Call({"GET", key}).text(), later);
}

}  // namespace
}  // namespace usher::store
