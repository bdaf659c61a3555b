// SPDX-License-Identifier: Apache-2.0
// A disk that is full: Redis refuses writes, or ends. Nothing acknowledged is lost, and all goes on
// by itself when there is space again.

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <sys/mount.h>

#include "router/store/server_vitals.h"
#include "tests/integration/store/acknowledged_load.h"
#include "tests/integration/store/store_fixture.h"

namespace usher::store {
namespace {

// Redis in a file system of one mebibyte, part of which is held back by a file to be removed.
class FullDiskTest : public StoreTest {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(disk_);
    if (mount("tmpfs", disk_.c_str(), "tmpfs", 0, "size=1m") != 0) {
      GTEST_SKIP() << "no file system can be mounted here: " << std::strerror(errno);
    }
    mounted_ = true;
    std::ofstream(ballast_) << std::string(512u << 10, 'x');
  }
  void TearDown() override {
    redis_.reset();
    if (!mounted_) return;
    EXPECT_EQ(umount(disk_.c_str()), 0) << std::strerror(errno);
  }

  void StartRedis(bool fsync_always) {
    PrivateRedisOptions options;
    options.data_dir = disk_ / "redis";
    options.program = WriteAclProgram(dir_.path());
    options.fsync_always = fsync_always;
    options.on_notice = [this](std::string_view) { ++notices_; };
    Result<std::unique_ptr<PrivateRedis>> started = PrivateRedis::Start(std::move(options));
    ASSERT_TRUE(started.ok()) << started.error().message;
    redis_ = std::move(*started);
  }

  void FreeSpace() { ASSERT_TRUE(std::filesystem::remove(ballast_)); }

  const std::filesystem::path disk_ = dir_.path() / "disk";
  const std::filesystem::path ballast_ = disk_ / "ballast";
  bool mounted_ = false;
  std::atomic<int> notices_ = 0;
};

Result<CommitSeq> NotCommitted() { return Error{}; }

TEST_F(FullDiskTest, WithEverySecWritesAreRefusedUntilThereIsSpace) {
  StartRedis(false);
  DomainStoreOptions options = Options("r1");
  options.look_every = Duration{20};
  std::atomic<bool> append_ok = true;
  options.on_look = [&](const StoreCondition& now) { append_ok = now.vitals.append_ok; };
  WaitingStore store(std::move(options));
  ASSERT_TRUE(store.Load().ok());
  const AcknowledgedLoad load(store);
  EXPECT_EQ(store.deposed.Wait().reason, "REDIS_DISK");
  Eventually([&] { return !append_ok; }, "the alarm is raised");
  // As often as it likes to try: it is told the same.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(store.Load().error().reason, "REDIS_DISK");

  FreeSpace();
  const LoadedState state = LoadEventually(store);
  ASSERT_NO_FATAL_FAILURE(ExpectNothingLost(state, load.last()));
  EXPECT_EQ(*store.Commit(OneSignIn(1'000'000)), state.last_seq + 1);
  Eventually([&] { return append_ok.load(); }, "the alarm ends");
  EXPECT_EQ(notices_, 0);

  // Not only in its memory.
  const pid_t before = redis_->pid();
  kill(before, SIGKILL);
  WaitForRestart(*redis_, before);
  Eventually(
      [&] {
        bool leads = true;
        store.Run([&](DomainStore& domain) { leads = domain.leads(); });
        return !leads;
      },
      "the store has noticed");
  EXPECT_EQ(LoadEventually(store).last_seq, state.last_seq + 1);
}

TEST_F(FullDiskTest, WithAlwaysRedisEndsAndIsStartedUntilThereIsSpace) {
  StartRedis(true);
  DomainStoreOptions options = Options("r1");
  options.durability = Durability::kAlways;
  options.reconnect_within = Duration{200};
  WaitingStore store(std::move(options));
  ASSERT_TRUE(store.Load().ok());
  const AcknowledgedLoad load(store);
  const Error deposed = store.deposed.Wait();
  EXPECT_TRUE(deposed.reason == "HISTORY_CHANGED" || deposed.reason == "STORE_UNREACHABLE")
      << deposed.reason;
  // What is written ends Redis once more, unless it just fits; what was said of it stays little.
  CommitSeq acknowledged = load.last();
  int ends = 0;
  int number = 1'000'000;
  pid_t last = redis_->pid();
  Eventually(
      [&] {
        Result<CommitSeq> done = NotCommitted();
        if (store.Load().ok()) done = store.Commit(OneSignIn(number++));
        for (; done.ok(); done = store.Commit(OneSignIn(number++))) acknowledged = *done;
        const pid_t now = redis_->pid();
        if (now != 0 && std::exchange(last, now) != now) ++ends;
        return ends == 4;
      },
      "Redis is started again and again");
  EXPECT_LE(notices_, 4);

  FreeSpace();
  const LoadedState state = LoadEventually(store);
  ASSERT_NO_FATAL_FAILURE(ExpectNothingLost(state, acknowledged));
  EXPECT_EQ(*store.Commit(OneSignIn(number)), state.last_seq + 1);
}

}  // namespace
}  // namespace usher::store
