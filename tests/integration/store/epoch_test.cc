// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "router/store/epoch_file.h"
#include "router/store/keys.h"
#include "tests/integration/store/redis_process.h"
#include "tests/integration/store/store_fixture.h"

namespace usher::store {
namespace {

const Keys kKeys(DomainId{"acme"});

class EpochTest : public StoreTest {
 protected:
  std::filesystem::path Folder() const { return dir_.path() / "epochs"; }
  EpochFile File() const { return {Folder(), DomainId{"acme"}}; }
  DomainStoreOptions WithFile(const std::string& router) const {
    DomainStoreOptions options = Options(router);
    options.epoch_folder = Folder();
    return options;
  }
};

TEST_F(EpochTest, StartsAboveWhatTheFileSays) {
  ASSERT_TRUE(File().Raise(41).ok());
  WaitingStore store(WithFile("r1"));
  EXPECT_EQ(store.Load()->epoch, 42u);
}

TEST_F(EpochTest, EveryNewOneIsInTheFileBeforeAnythingIsDoneWithIt) {
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
    WaitingStore store(WithFile("r" + std::to_string(epoch)));
    ASSERT_EQ(store.Load()->epoch, epoch);
    EXPECT_EQ(*File().Read(), epoch);
  }
}

TEST_F(EpochTest, NobodyLeadsWithAFileThatCannotBeReadOrWritten) {
  std::ofstream(Folder()) << "a file where the folder should be";
  EXPECT_EQ(WaitingStore(WithFile("r1")).Load().error().reason, "EPOCH_FILE_UNUSABLE");
  std::filesystem::remove(Folder());
  ASSERT_TRUE(File().Raise(5).ok());
  std::ofstream(File().path(), std::ios::trunc) << "usher epoch 5";
  EXPECT_EQ(WaitingStore(WithFile("r1")).Load().error().reason, "EPOCH_FILE_DAMAGED");
}

// A replica that missed the last epochs is promoted. Without the file its next epoch would be a
// number that a router already held.
TEST_F(EpochTest, APromotedReplicaWithOldDataGivesNoEpochASecondTime) {
  const auto start = [&](const char* name) {
    RedisProcess::Options options;
    options.dir = dir_.path() / name;
    options.arguments = {"--appendonly", "yes", "--maxmemory-policy", "noeviction", "--save", ""};
    auto server = std::make_unique<RedisProcess>(std::move(options));
    server->Start();
    return server;
  };
  const auto primary = start("primary");
  const auto replica = start("replica");
  DomainStoreOptions options = WithFile("r1");
  options.address = primary->address();
  const auto lead = [](const DomainStoreOptions& with) {
    Result<LoadedState> loaded = WaitingStore(with).Load();
    EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : loaded.error().message);
    return loaded.ok() ? loaded->epoch : 0;
  };
  EXPECT_EQ(lead(options), 1u);
  WaitingClient replica_client(replica->address(), ServerUse::kAsk);
  replica_client.Call({"REPLICAOF", "127.0.0.1", std::to_string(primary->port())});
  Eventually([&] { return replica_client.Call({"HGET", kKeys.Lease(), "epoch"}).text() == "1"; },
             "the replica has the first epoch");
  replica_client.Call({"REPLICAOF", "NO", "ONE"});
  WaitingClient primary_client(primary->address(), ServerUse::kAsk);
  Eventually(
      [&] {
        return primary_client.Call({"INFO", "replication"}).text().find("connected_slaves:0") !=
               std::string_view::npos;
      },
      "the primary knows that it is alone");

  EXPECT_EQ(lead(options), 2u);
  EXPECT_EQ(lead(options), 3u);
  options.address = replica->address();
  EXPECT_EQ(replica_client.Call({"HGET", kKeys.Lease(), "epoch"}).text(), "1");
  EXPECT_EQ(lead(options), 4u);

  DomainStoreOptions forgetful = Options("r2");
  forgetful.address = primary->address();
  EXPECT_EQ(lead(forgetful), 4u);  // the same number again, for want of the file
}

}  // namespace
}  // namespace usher::store
