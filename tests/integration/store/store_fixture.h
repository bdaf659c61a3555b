// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/io/event_loop.h"
#include "router/store/domain_store.h"
#include "router/store/polled_locator.h"
#include "router/store/private_redis.h"
#include "router/store/redis_client.h"
#include "tests/integration/store/acl_user.h"
#include "tests/support/temp_dir.h"

namespace usher::store {

inline constexpr std::chrono::seconds kPatience{30};  // a bound on hanging, never waited out

using usher::TempDir;

// Waits on the test's thread for something that a callback gives on another.
template <class T>
class Arrival {
 public:
  void Set(T value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    changed_.notify_all();
  }
  T Wait() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [this] { return value_.has_value(); })) {
      ADD_FAILURE() << "nothing came";
      std::abort();
    }
    return std::move(*value_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<T> value_;
};

// A DomainStore whose calls wait for their answers, on a loop of its own.
class WaitingStore {
 public:
  explicit WaitingStore(DomainStoreOptions options) : WaitingStore(std::move(options), {}) {}
  // On whichever server takes the writes.
  WaitingStore(DomainStoreOptions options, const RedisTarget& target) {
    options.on_deposed = [this](const Error& error) { deposed.Set(error); };
    loop_.Start("store");
    loop_.Call([&] {
      options.locator = MakeLocator(loop_, target);
      store_ = std::make_unique<DomainStore>(loop_, std::move(options));
    });
  }
  ~WaitingStore() {
    loop_.Call([this] { store_.reset(); });
  }

  Result<LoadedState> Load(Takeover takeover = Takeover::kForce) {
    return Wait<Result<LoadedState>>([&](auto done) { store_->Load(takeover, std::move(done)); });
  }
  Result<CommitSeq> Commit(const CommitBatch& batch) {
    return Wait<Result<CommitSeq>>([&](auto done) { store_->Commit(batch, std::move(done)); });
  }
  Result<void> Project(const RowChanges& changes, CommitSeq seq) {
    return Wait<Result<void>>([&](auto done) { store_->Project(changes, seq, std::move(done)); });
  }
  Result<CommitPage> ReadCommits(CommitSeq after, std::size_t limit) {
    return Wait<Result<CommitPage>>(
        [&](auto done) { store_->ReadCommits(after, limit, std::move(done)); });
  }
  Result<void> Resign() {
    return Wait<Result<void>>([&](auto done) { store_->Resign(std::move(done)); });
  }

  // On the store's thread.
  void Run(const std::function<void(DomainStore&)>& fn) {
    loop_.Call([&] { fn(*store_); });
  }

  Arrival<Error> deposed;

 private:
  template <class Answer, class Start>
  Answer Wait(Start start) {
    auto arrival = std::make_shared<Arrival<Answer>>();
    loop_.Call([&] { start([arrival](Answer answer) { arrival->Set(std::move(answer)); }); });
    return arrival->Wait();
  }

  io::EventLoop loop_;
  std::unique_ptr<DomainStore> store_;
};

// A plain connection, to look at the keys and to do mischief.
class WaitingClient {
 public:
  explicit WaitingClient(const RedisAddress& address, ServerUse use = ServerUse::kStore) {
    RedisClientOptions options;
    options.address = address;
    options.use = use;
    if (use == ServerUse::kAsk) options.redirections = Redirections::kTell;
    options.on_connected = [this](const ServerFacts&) { connected_.Set(true); };
    loop_.Start("redis");
    loop_.Call([&] {
      client_ = std::make_unique<RedisClient>(loop_, std::move(options));
      client_->Start();
    });
    connected_.Wait();
  }
  ~WaitingClient() {
    loop_.Call([this] { client_.reset(); });
  }

  Result<RedisReply> TryCall(const std::vector<std::string>& words) {
    const std::vector<std::string_view> arguments(words.begin(), words.end());
    auto arrival = std::make_shared<Arrival<Result<RedisReply>>>();
    loop_.Call([&] {
      client_->Call(arguments,
                    [arrival](Result<RedisReply> reply) { arrival->Set(std::move(reply)); });
    });
    return arrival->Wait();
  }
  RedisReply Call(const std::vector<std::string>& words) {
    Result<RedisReply> reply = TryCall(words);
    EXPECT_TRUE(reply.ok()) << (reply.ok() ? "" : reply.error().message);
    return reply.ok() ? std::move(*reply) : RedisReply();
  }

 private:
  Arrival<bool> connected_;
  io::EventLoop loop_;
  std::unique_ptr<RedisClient> client_;
};

// Tries again until it holds; fails the test when patience has ended.
inline void Eventually(const std::function<bool()>& holds, const std::string& what) {
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > limit) {
      FAIL() << "never came true: " << what;
    }
    std::this_thread::yield();
  }
}

// A Redis of its own for each test.
class StoreTest : public testing::Test {
 protected:
  void SetUp() override { StartRedis(); }

  // What is killed in most tests is the process, not the machine. Still, with `everysec` a process
  // that dies beside a slow disk may lose what it had not written yet: tests that count need more.
  void StartRedis(bool fsync_always = false) {
    PrivateRedisOptions options;
    options.data_dir = dir_.path() / "redis";
    options.program = WriteAclProgram(dir_.path());
    options.fsync_always = fsync_always;
    Result<std::unique_ptr<PrivateRedis>> started = PrivateRedis::Start(options);
    ASSERT_TRUE(started.ok()) << started.error().message;
    redis_ = std::move(*started);
  }

  DomainStoreOptions Options(const std::string& router) const {
    DomainStoreOptions options;
    options.domain = DomainId{"acme"};
    options.router_id = router;
    options.address = AsAclUser(redis_->address());  // nothing that the store does may need more
    options.durability = Durability::kEverySec;
    return options;
  }

  TempDir dir_;
  std::unique_ptr<PrivateRedis> redis_;
};

// Waits until the private Redis is another process than `before`, and answers.
inline void WaitForRestart(const PrivateRedis& redis, pid_t before) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (redis.pid() == 0 || redis.pid() == before) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
}

}  // namespace usher::store
