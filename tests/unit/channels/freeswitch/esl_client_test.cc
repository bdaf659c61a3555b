// SPDX-License-Identifier: Apache-2.0
#include "channels/freeswitch/esl_client.h"

#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/channels/freeswitch/scripted_switch.h"

namespace usher::freeswitch {
namespace {

// How often something happened.
class Tally {
 public:
  void Add() {
    std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  bool Await(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return count_ >= count; });
  }

  bool happened() {
    std::lock_guard lock(mutex_);
    return count_ > 0;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

class EslClientTest : public ::testing::Test {
 protected:
  ~EslClientTest() override {
    loop_.Call([this] { client_.reset(); });
    loop_.Stop(Duration{2'000});
  }

  void Connect(const std::string& password = "secret") {
    loop_.Start("esl");
    loop_.Call([&] {
      client_ =
          std::make_unique<EslClient>(loop_,
                                      EslClient::Options{.name = "main",
                                                         .host = "127.0.0.1",
                                                         .port = switch_.port(),
                                                         .password = password,
                                                         .events = {"DTMF", "BACKGROUND_JOB"},
                                                         .filters = {"Event-Name DTMF"},
                                                         .backoff = {Duration{5}, Duration{20}}},
                                      EslClient::Hooks{.on_open = [this] { opened_.Add(); },
                                                       .on_event =
                                                           [this](const EslEvent& event) {
                                                             digits_ += event.Get("DTMF-Digit");
                                                             if (digits_.size() == 3)
                                                               heard_.set_value(digits_);
                                                           },
                                                       .on_lost = [this] { lost_.Add(); }});
      client_->Start();
    });
  }
  // What came of a command, `bgapi` when it takes its time.
  std::future<Result<std::string>> Do(const std::string& command, bool job = false) {
    auto promise = std::make_shared<std::promise<Result<std::string>>>();
    loop_.Call([&] {
      const auto done = [promise](Result<std::string> answer) { promise->set_value(answer); };
      job ? client_->Run(command, done) : client_->Send(command, done);
    });
    return promise->get_future();
  }

  ScriptedSwitch switch_;
  io::EventLoop loop_;
  std::unique_ptr<EslClient> client_;
  Tally opened_;
  Tally lost_;
  std::promise<std::string> heard_;
  std::string digits_;
};

TEST_F(EslClientTest, LogsInOrdersEventsAndAsksInOrder) {
  Connect();
  ASSERT_TRUE(opened_.Await(1));
  EXPECT_EQ(switch_.Await("auth"), "auth secret");
  EXPECT_EQ(switch_.Await("filter"), "filter Event-Name DTMF");
  EXPECT_EQ(switch_.Await("event"), "event json DTMF BACKGROUND_JOB");
  switch_.SetGlobal("a", "1");
  auto first = Do("global_getvar a");
  auto second = Do("global_getvar b");
  EXPECT_EQ(*first.get(), "1");
  EXPECT_EQ(*second.get(), "-ERR no reply");
}

TEST_F(EslClientTest, TellsWhatCameOfAJobByItsId) {
  Connect();
  ASSERT_TRUE(opened_.Await(1));
  auto first = Do("originate user/ann &park()", true);
  auto second = Do("originate user/bob &park()", true);
  switch_.Await("user/bob");
  switch_.FinishJob("user/bob", "-ERR USER_BUSY");
  EXPECT_EQ(*second.get(), "-ERR USER_BUSY");
  switch_.FinishJob("user/ann", "+OK u1");
  EXPECT_EQ(*first.get(), "+OK u1");
}

TEST_F(EslClientTest, HearsEventsInTheirOrderAndSkipsWhatItCannotRead) {
  Connect();
  ASSERT_TRUE(opened_.Await(1));
  switch_.Happen("DTMF", "u1", {{"DTMF-Digit", "1"}});
  switch_.Say("Content-Type: text/event-json\nContent-Length: 3\n\n{x}");
  switch_.Happen("DTMF", "u1", {{"DTMF-Digit", "2"}});
  switch_.Happen("DTMF", "u1", {{"DTMF-Digit", "3"}});
  EXPECT_EQ(heard_.get_future().get(), "123");
}

TEST_F(EslClientTest, ACommandWithALineEndIsNeverSent) {
  Connect();
  ASSERT_TRUE(opened_.Await(1));
  const auto answer = Do("uuid_kill u1\n\napi shutdown").get();
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().reason, "BAD_COMMAND");
  const auto long_one = Do(std::string(EslClient::kCommandBytesMax + 1, 'x')).get();
  EXPECT_EQ(long_one.error().reason, "BAD_COMMAND");
  EXPECT_EQ(switch_.Count("shutdown"), 0U);
}

TEST_F(EslClientTest, ALostConnectionAnswersWhatIsOpenAndIsMadeAnew) {
  Connect();
  ASSERT_TRUE(opened_.Await(1));
  auto job = Do("originate user/ann &park()", true);
  switch_.Await("originate");
  switch_.Cut();
  const auto answer = job.get();
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().reason, "FREESWITCH_UNREACHABLE");
  EXPECT_TRUE(lost_.Await(1));
  EXPECT_TRUE(opened_.Await(2));
}

TEST_F(EslClientTest, AStreamThatLostItsFrameIsMadeAnew) {
  Connect();
  ASSERT_TRUE(opened_.Await(1));
  switch_.Say("Content-Type: text/event-json\nContent-Length: many\n\n");
  EXPECT_TRUE(opened_.Await(2));
}

TEST_F(EslClientTest, TriesAgainWhereThePasswordIsWrong) {
  Connect("wrong");
  EXPECT_EQ(switch_.Await("auth"), "auth wrong");
  EXPECT_EQ(switch_.Await("auth"), "auth wrong");
  EXPECT_FALSE(opened_.happened());
}

}  // namespace
}  // namespace usher::freeswitch
