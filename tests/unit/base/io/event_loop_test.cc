// SPDX-License-Identifier: Apache-2.0
#include "base/io/event_loop.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/io/listen_address.h"

namespace usher::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(EventLoopTest, RunsPostsInOrderOnItsThread) {
  EventLoop loop;
  std::vector<int> order;
  loop.Post([&] { order.push_back(1); });
  loop.Start("test");
  loop.Post([&] { order.push_back(2); });
  loop.Call([&] {
    EXPECT_TRUE(loop.InLoopThread());
    order.push_back(3);
  });
  EXPECT_FALSE(loop.InLoopThread());
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(EventLoopTest, TakesPostsOfManyThreads) {
  EventLoop loop;
  loop.Start("test");
  int count = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) loop.Post([&] { ++count; });
    });
  }
  for (auto& thread : threads) thread.join();
  loop.Call([] {});
  loop.Call([&] { EXPECT_EQ(count, 4000); });
}

TEST(EventLoopTest, CallRunsAtOnceWithoutALoopThread) {
  EventLoop loop;
  bool before = false;
  loop.Call([&] { before = true; });
  EXPECT_TRUE(before);
  loop.Start("test");
  loop.Stop(Duration{0});
  bool after = false;
  loop.Call([&] { after = true; });
  EXPECT_TRUE(after);
}

TEST(EventLoopTest, StopRunsWhatWasPostedThenItsHooksBackwards) {
  EventLoop loop;
  std::vector<int> order;
  loop.OnStop([&] { order.push_back(1); });
  loop.OnStop([&] { order.push_back(2); });
  loop.Start("test");
  loop.Post([&] { order.push_back(3); });
  loop.Stop(Duration{1000});
  loop.Stop(Duration{1000});
  EXPECT_THAT(order, ElementsAre(3, 2, 1));
}

TEST(EventLoopTest, StopWaitsForOpenWorkButNotBeyondItsLimit) {
  EventLoop loop;
  Timer soon(loop);
  Timer never(loop);
  bool ran = false;
  loop.OnStop([&] {
    soon.Start(Duration{20}, [&] { ran = true; });
    never.Start(std::chrono::hours(1), [] { FAIL(); });
  });
  loop.Start("test");
  loop.Stop(Duration{100});
  EXPECT_TRUE(ran);
}

TEST(EventLoopTest, StopEndsAsSoonAsNoWorkIsLeft) {
  EventLoop loop;
  loop.Start("test");
  const auto start = std::chrono::steady_clock::now();
  loop.Stop(std::chrono::hours(1));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(1));
}

TEST(EventLoopTest, RunLendsTheCallingThreadUntilAHandlerStops) {
  EventLoop loop;
  bool ran = false;
  loop.Post([&] {
    ran = true;
    loop.Stop(Duration{1000});
  });
  loop.Run();
  EXPECT_TRUE(ran);
}

TEST(TimerTest, RunsOnceAndNeverEarly) {
  EventLoop loop;
  loop.Start("test");
  Timer timer(loop);
  std::promise<void> ran;
  const auto start = std::chrono::steady_clock::now();
  loop.Call([&] { timer.Start(Duration{30}, [&] { ran.set_value(); }); });
  ran.get_future().wait();
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(30));
  loop.Call([&] { EXPECT_FALSE(timer.pending()); });
}

TEST(TimerTest, DropsAFunctionThatIsReplacedOrCancelled) {
  EventLoop loop;
  loop.Start("test");
  std::promise<int> ran;
  Timer replaced(loop);
  Timer cancelled(loop);
  loop.Call([&] {
    cancelled.Start(Duration{0}, [] { FAIL(); });
    cancelled.Cancel();
    Timer destroyed(loop);
    destroyed.Start(Duration{0}, [] { FAIL(); });
    replaced.Start(Duration{0}, [] { FAIL(); });
    replaced.Start(Duration{20}, [&] { ran.set_value(2); });
  });
  EXPECT_EQ(ran.get_future().get(), 2);
}

TEST(TimerTest, MayBeRestartedByItsOwnFunction) {
  EventLoop loop;
  loop.Start("test");
  Timer timer(loop);
  int turns = 0;
  std::promise<void> done;
  std::function<void()> turn = [&] {
    if (++turns == 5) return done.set_value();
    timer.Start(Duration{1}, turn);
  };
  loop.Call([&] { timer.Start(Duration{1}, turn); });
  done.get_future().wait();
  EXPECT_EQ(turns, 5);
}

TEST(ListenAddressTest, ParsesWhatItPrints) {
  for (const char* text :
       {"127.0.0.1:8080", "[::1]:0", "0.0.0.0:65535", "localhost:1", "unix:/run/usher/http.sock"}) {
    const auto address = ParseListenAddress(text);
    ASSERT_TRUE(address.ok()) << address.error().message;
    EXPECT_EQ(address->ToString(), text);
  }
}

TEST(ListenAddressTest, KnowsWhatOnlyThisMachineReaches) {
  EXPECT_TRUE(ParseListenAddress("127.0.0.1:1")->is_loopback());
  EXPECT_TRUE(ParseListenAddress("[::1]:1")->is_loopback());
  EXPECT_TRUE(ParseListenAddress("unix:/s")->is_loopback());
  EXPECT_FALSE(ParseListenAddress("0.0.0.0:1")->is_loopback());
}

TEST(ListenAddressTest, SaysWhatIsWrong) {
  for (const std::string text :
       {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:80x", "127.0.0.1:-1",
        "::1:80", "[::1]", "[127.0.0.1]:80", "example.com:80", "unix:", "256.0.0.1:80"}) {
    const auto address = ParseListenAddress(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(address.error().reason, "INVALID_ADDRESS");
    EXPECT_THAT(address.error().message, HasSubstr("'" + text + "'"));
  }
  EXPECT_TRUE(ParseListenAddress("unix:" + std::string(107, 'p')).ok());
  EXPECT_FALSE(ParseListenAddress("unix:" + std::string(108, 'p')).ok());
}

}  // namespace
}  // namespace usher::io
