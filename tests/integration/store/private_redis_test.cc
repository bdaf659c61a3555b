// SPDX-License-Identifier: Apache-2.0
#include "router/store/private_redis.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/store/store_fixture.h"

namespace usher::store {
namespace {

using PrivateRedisTest = StoreTest;

TEST_F(PrivateRedisTest, IsDurableAndReachableByItsSocketOnly) {
  WaitingClient redis(redis_->address());
  EXPECT_EQ(redis.Call({"CONFIG", "GET", "appendonly"}).At(1).text(), "yes");
  EXPECT_EQ(redis.Call({"CONFIG", "GET", "maxmemory-policy"}).At(1).text(), "noeviction");
  EXPECT_EQ(redis.Call({"CONFIG", "GET", "port"}).At(1).text(), "0");
  EXPECT_EQ(redis.Call({"CONFIG", "GET", "save"}).At(1).text(), "");
  struct stat info{};
  ASSERT_EQ(stat(redis_->address().unix_path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  ASSERT_EQ(stat((dir_.path() / "redis").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(PrivateRedisTest, KeepsItsDataOverAStop) {
  {
    WaitingClient redis(redis_->address());
    redis.Call({"SET", "k", "v"});
  }
  const pid_t child = redis_->pid();
  redis_.reset();
  EXPECT_NE(kill(child, 0), 0);
  StartRedis();
  WaitingClient redis(redis_->address());
  EXPECT_EQ(redis.Call({"GET", "k"}).text(), "v");
}

TEST_F(PrivateRedisTest, StartsAChildThatWasKilledAgain) {
  const pid_t before = redis_->pid();
  kill(before, SIGKILL);
  WaitForRestart(*redis_, before);
  WaitingClient redis(redis_->address());
  EXPECT_TRUE(redis.Call({"PING"}).IsText());
}

TEST_F(PrivateRedisTest, ASecondRouterIsKeptOutOfTheFolder) {
  PrivateRedisOptions options;
  options.data_dir = dir_.path() / "redis";
  const auto second = PrivateRedis::Start(options);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().reason, "DATA_DIR_IN_USE");
}

TEST_F(PrivateRedisTest, TheChildOfAKilledRouterIsReplacedWithoutLoss) {
  redis_.reset();
  const std::filesystem::path data = dir_.path() / "orphan";
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  // The router to be killed: a process of its own.
  const pid_t router = fork();
  if (router == 0) {
    PrivateRedisOptions options;
    options.data_dir = data;
    auto redis = PrivateRedis::Start(options);
    const pid_t child = redis.ok() ? (*redis)->pid() : 0;
    if (write(ready[1], &child, sizeof child) != sizeof child) _exit(1);
    for (;;) pause();
  }
  pid_t orphan = 0;
  ASSERT_EQ(read(ready[0], &orphan, sizeof orphan), static_cast<ssize_t>(sizeof orphan));
  close(ready[0]);
  close(ready[1]);
  ASSERT_GT(orphan, 0);
  RedisAddress address;
  address.unix_path = data / "redis.sock";
  {
    WaitingClient redis(address);
    redis.Call({"SET", "k", "v"});
  }
  kill(router, SIGKILL);
  ASSERT_EQ(waitpid(router, nullptr, 0), router);

  PrivateRedisOptions options;
  options.data_dir = data;
  Result<std::unique_ptr<PrivateRedis>> next = PrivateRedis::Start(options);
  ASSERT_TRUE(next.ok()) << next.error().message;
  EXPECT_NE((*next)->pid(), orphan);
  WaitingClient redis((*next)->address());
  EXPECT_EQ(redis.Call({"GET", "k"}).text(), "v");
}

TEST_F(PrivateRedisTest, ALongFolderNameGetsASocketElsewhere) {
  PrivateRedisOptions options;
  options.data_dir = dir_.path() / std::string(120, 'd');
  Result<std::unique_ptr<PrivateRedis>> started = PrivateRedis::Start(options);
  ASSERT_TRUE(started.ok()) << started.error().message;
  EXPECT_LE((*started)->address().unix_path.size(), 107u);
  WaitingClient redis((*started)->address());
  EXPECT_EQ(redis.Call({"CONFIG", "GET", "dir"}).At(1).text(), options.data_dir.string());
}

TEST(PrivateRedisStartTest, ItsLogStaysWithinItsBound) {
  const TempDir dir;
  PrivateRedisOptions options;
  options.data_dir = dir.path() / "redis";
  options.fsync_always = false;
  options.log_bytes_max = 4'096;
  options.look_at_log_every = Duration{1};
  const auto started = PrivateRedis::Start(options);
  ASSERT_TRUE(started.ok()) << started.error().message;
  const std::filesystem::path log = options.data_dir / "redis.log";
  for (const char letter : {'a', 'b'}) {
    std::ofstream(log, std::ios::app) << std::string(10'000, letter) << '\n';
    Eventually(
        [&] {
          std::ifstream former(options.data_dir / "redis.log.1");
          const std::string text{std::istreambuf_iterator<char>(former),
                                 std::istreambuf_iterator<char>()};
          return text.find(std::string(10'000, letter)) != std::string::npos;
        },
        "what was too long is redis.log.1");
  }
  WaitingClient redis((*started)->address());
  redis.Call({"BGREWRITEAOF"});  // Redis says so, in a new file
  Eventually([&] { return std::filesystem::exists(log); }, "Redis goes on with a new log");
}

TEST(PrivateRedisStartTest, NamesTheMissingProgram) {
  const TempDir dir;
  PrivateRedisOptions options;
  options.data_dir = dir.path() / "data";
  options.program = "redis-server-that-is-not-there";
  const auto started = PrivateRedis::Start(options);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().reason, "REDIS_SERVER_MISSING");
  EXPECT_NE(started.error().next_step.find("redis-server"), std::string::npos);
}

TEST(PrivateRedisStartTest, NamesAFolderThatCannotBeMade) {
  PrivateRedisOptions options;
  options.data_dir = "/proc/no/such/place";
  const auto started = PrivateRedis::Start(options);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().reason, "DATA_DIR_UNUSABLE");
  EXPECT_NE(started.error().message.find("/proc/no/such/place"), std::string::npos);
}

TEST(PrivateRedisStartTest, SaysWhatTheServerSaidWhenItDoesNotStart) {
  const TempDir dir;
  PrivateRedisOptions options;
  options.data_dir = dir.path() / "data";
  {
    ASSERT_TRUE(PrivateRedis::Start(options).ok());
  }
  // A manifest that Redis refuses to read.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(options.data_dir)) {
    if (entry.path().extension() == ".manifest") {
      std::filesystem::resize_file(entry.path(), 3);
    }
  }
  const auto started = PrivateRedis::Start(options);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().reason, "REDIS_START_FAILED");
  EXPECT_NE(started.error().next_step.find("redis.log"), std::string::npos);
}

}  // namespace
}  // namespace usher::store
