// SPDX-License-Identifier: Apache-2.0
// Redis that answers late: what is asked meanwhile is refused, not piled up.

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include <signal.h>

#include "base/io/event_loop.h"
#include "base/io/metrics.h"
#include "router/runtime/domain_runtime.h"
#include "tests/integration/store/store_fixture.h"

namespace usher::runtime {
namespace {

using store::Arrival;
using store::Eventually;

class SlowStoreTest : public store::StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    DomainRuntimeOptions options;
    options.store = Options("r1");
    options.store.look_every = Duration{20};
    options.takeover = store::Takeover::kForce;
    options.durable_within = Duration{300};
    options.slow_after = Duration{100};
    loop_.Start("runtime");
    Arrival<bool> leads;
    loop_.Call([&] {
      runtime_.emplace(loop_, metrics_, std::move(options));
      runtime_->Start([&](Result<void> led) { leads.Set(led.ok()); });
    });
    ASSERT_TRUE(leads.Wait());
  }
  void TearDown() override {
    loop_.Call([this] { runtime_.reset(); });
    StoreTest::TearDown();
  }

  // A domain file that changes nothing but its number, and is therefore a commit.
  void Apply(std::function<void(Result<Answer>)> done) {
    loop_.Call([&] {
      engine::ApplyDomain apply;
      apply.domain.id = DomainId{"acme"};
      apply.version = ++version_;
      Request request;
      request.command = std::move(apply);
      request.done = std::move(done);
      runtime_->Execute(std::move(request));
    });
  }
  Result<Answer> ApplyAndWait() {
    auto arrival = std::make_shared<Arrival<Result<Answer>>>();
    Apply([arrival](Result<Answer> answer) { arrival->Set(std::move(answer)); });
    return arrival->Wait();
  }
  bool Healthy() {
    bool healthy = false;
    loop_.Call([&] { healthy = runtime_->healthy(); });
    return healthy;
  }

  io::EventLoop loop_;
  io::Metrics metrics_;
  std::optional<DomainRuntime> runtime_;
  std::uint64_t version_ = 0;
};

TEST_F(SlowStoreTest, CommandsAreRefusedWhileNothingBecomesDurable) {
  ASSERT_TRUE(ApplyAndWait().ok());
  EXPECT_TRUE(Healthy());
  kill(redis_->pid(), SIGSTOP);
  Arrival<Result<Answer>> first;
  Apply([&](Result<Answer> answer) { first.Set(std::move(answer)); });
  Eventually([&] { return !Healthy(); }, "the router says that it is not well");
  std::atomic<int> decided = 0;
  std::atomic<int> refused = 0;
  Eventually(
      [&] {
        Apply([&](Result<Answer> answer) {
          const bool slow = !answer.ok() && answer.error().reason == "STORE_SLOW";
          ++(slow ? refused : decided);
        });
        return refused > 0;
      },
      "a command is refused");
  const int at_most = version_;
  // From here on not one more waits.
  for (int i = 0; i < 1'000; ++i) {
    const Result<Answer> answer = ApplyAndWait();
    ASSERT_FALSE(answer.ok());
    ASSERT_EQ(answer.error().reason, "STORE_SLOW");
  }
  EXPECT_EQ(decided, 0);

  kill(redis_->pid(), SIGCONT);
  EXPECT_TRUE(first.Wait().ok());
  Eventually([&] { return decided + refused == at_most - 2; }, "all that waited is answered");
  EXPECT_TRUE(ApplyAndWait().ok());
  Eventually([&] { return Healthy(); }, "the router is well again");
}

}  // namespace
}  // namespace usher::runtime
