// SPDX-License-Identifier: Apache-2.0
#include "router/service/intake.h"

#include <future>
#include <memory>

#include <gtest/gtest.h>

#include "base/io/event_loop.h"
#include "base/io/metrics.h"

namespace usher::service {
namespace {

// A runtime that does not lead asks for nothing: the order and the bounds are shown over a whole
// router in tests/integration/router/facts_test.cc.
TEST(IntakeTest, ARouterThatDoesNotLeadReadsNothing) {
  io::EventLoop loop;
  loop.Start("test");
  io::Metrics metrics;
  int lookups = 0;
  std::promise<Error> refused;
  std::unique_ptr<runtime::DomainRuntime> runtime;
  std::unique_ptr<Intake> intake;
  loop.Call([&] {
    runtime =
        std::make_unique<runtime::DomainRuntime>(loop, metrics, runtime::DomainRuntimeOptions{});
    intake = std::make_unique<Intake>(*runtime);
    intake->SetFacts([&](const CustomerId&, auto) { ++lookups; });
    runtime::Request request;
    request.command = engine::Submit{.customer = CustomerId{"cu_1"}};
    request.done = [&](const Result<runtime::Answer>& answer) {
      refused.set_value(answer.error());
    };
    intake->Execute(std::move(request));
  });
  EXPECT_EQ(refused.get_future().get().reason, "NOT_LEADING");
  EXPECT_EQ(lookups, 0);
  loop.Call([&] {
    intake.reset();
    runtime.reset();
  });
}

}  // namespace
}  // namespace usher::service
