// SPDX-License-Identifier: Apache-2.0
#include "router/store/redis_locator.h"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "router/store/redis_client.h"
#include "tests/integration/store/redis_process.h"
#include "tests/integration/store/store_fixture.h"

namespace usher::store {
namespace {

// Names what the test says. On the loop.
class ToldLocator final : public RedisLocator {
 public:
  ToldLocator(io::EventLoop& loop, RedisAddress server) : loop_(loop), server_(std::move(server)) {}

  void Locate(std::uint16_t, Found found) override {
    loop_.Post([found = std::move(found), server = server_] { found(server); });
  }
  std::optional<RedisAddress> LastHeard(std::uint16_t) const override { return server_; }
  void Tell(RedisAddress server) { server_ = std::move(server); }

 private:
  io::EventLoop& loop_;
  RedisAddress server_;
};

// Two servers, and a client that goes to the first one.
class RedisLocatorTest : public testing::Test {
 protected:
  RedisLocatorTest() : first_(Options("first")), second_(Options("second")) {
    first_.Start();
    second_.Start();
    loop_.Start("redis");
    RedisClientOptions options;
    options.on_connected = [this](const ServerFacts&) {
      const RedisAddress& at = client_->address();
      (at == first_.address() ? at_first_ : at_second_).Set(true);
    };
    options.on_lost = [this](const Error& error) { lost_.Set(error); };
    loop_.Call([&] {
      locator_ = std::make_shared<ToldLocator>(loop_, first_.address());
      options.locator = locator_;
      client_ = std::make_unique<RedisClient>(loop_, options);
      client_->Start();
    });
    at_first_.Wait();
  }
  ~RedisLocatorTest() override {
    loop_.Call([&] {
      client_.reset();
      locator_.reset();
    });
  }

  RedisProcess::Options Options(const std::string& name) const {
    RedisProcess::Options options;
    options.dir = dir_.path() / name;
    options.arguments = {"--appendonly", "yes"};
    return options;
  }

  Result<RedisReply> Call(const std::vector<std::string>& words) {
    const std::vector<std::string_view> arguments(words.begin(), words.end());
    auto arrival = std::make_shared<Arrival<Result<RedisReply>>>();
    loop_.Call([&] {
      client_->Call(arguments,
                    [arrival](Result<RedisReply> reply) { arrival->Set(std::move(reply)); });
    });
    return arrival->Wait();
  }

  const TempDir dir_;
  RedisProcess first_;
  RedisProcess second_;
  Arrival<bool> at_first_;
  Arrival<bool> at_second_;
  Arrival<Error> lost_;
  io::EventLoop loop_;
  std::shared_ptr<ToldLocator> locator_;
  std::unique_ptr<RedisClient> client_;
};

// It takes connections and answers, but no writes: what it refuses is no answer to anybody.
TEST_F(RedisLocatorTest, AServerThatWasDemotedIsLeftAtItsFirstRefusal) {
  WaitingClient operating(first_.address());
  const std::string port = std::to_string(second_.port());
  ASSERT_FALSE(operating.Call({"REPLICAOF", "127.0.0.1", port}).IsError());
  const Result<RedisReply> refused = Call({"SET", "k", "v"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "REDIS_LOST");
  EXPECT_NE(lost_.Wait().message.find("READONLY"), std::string::npos);
  loop_.Call([&] { locator_->Tell(second_.address()); });
  EXPECT_TRUE(at_second_.Wait());
  EXPECT_EQ(Call({"SET", "k", "v"})->text(), "OK");
}

// As when the Sentinels have promoted another one, and the old primary has not heard of it.
TEST_F(RedisLocatorTest, AServerThatWasReplacedIsLeftThoughItStillAnswers) {
  EXPECT_EQ(Call({"SET", "k", "v"})->text(), "OK");
  loop_.Call([&] { locator_->Tell(second_.address()); });
  EXPECT_NE(lost_.Wait().message.find("another server took over"), std::string::npos);
  EXPECT_TRUE(at_second_.Wait());
  EXPECT_TRUE(Call({"GET", "k"})->IsNil());
}

}  // namespace
}  // namespace usher::store
