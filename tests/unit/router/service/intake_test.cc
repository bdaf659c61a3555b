// SPDX-License-Identifier: Apache-2.0
#include "router/service/intake.h"

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
  std::optional<Error> refused;
  std::unique_ptr<runtime::DomainRuntime> runtime;
  std::unique_ptr<Intake> intake;
  loop.Call([&] {
    runtime =
        std::make_unique<runtime::DomainRuntime>(loop, metrics, runtime::DomainRuntimeOptions{});
    intake = std::make_unique<Intake>(*runtime);
    intake->SetFacts([&](const CustomerId&, auto) { ++lookups; });
    runtime::Request request;
    request.command = engine::Submit{.customer = CustomerId{"cu_1"}};
    request.done = [&](const Result<runtime::Answer>& answer) { refused = answer.error(); };
    intake->Execute(std::move(request));
  });
  loop.Call([] {});
  EXPECT_EQ(lookups, 0);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->reason, "NOT_LEADING");
  loop.Call([&] {
    intake.reset();
    runtime.reset();
  });
}

}  // namespace
}  // namespace usher::service
