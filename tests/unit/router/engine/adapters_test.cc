// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "router/engine/live_adapter.h"
#include "tests/unit/router/engine/routing_table.h"
#include "tests/unit/router/engine/small_domain.h"

// What becomes of contacts whose adapter is gone, where a scenario cannot say it.

namespace usher::engine {
namespace {

using std::chrono::seconds;

Domain WithGrace() {
  Domain domain = SmallDomain();
  domain.adapter_grace.chat = seconds{60};
  return domain;
}

TEST(AdaptersTest, MoreThanAFewAreLostInPortions) {
  RoutingTable table(WithGrace());
  table.Do(SetAdapter{.adapter = "web"});
  const std::size_t count = 2 * kLostAtOnce + 1;
  for (std::size_t i = 0; i < count; ++i) {
    table.Do(Submit{.channel = Channel::kChat, .queue = QueueId{"support"}, .adapter = "web"});
  }
  table.Do(SetAdapter{.adapter = "web", .connection = Connection::kLost});
  table.Wait(seconds{60});
  EXPECT_EQ(table.Told("closed").size(), kLostAtOnce);
  EXPECT_EQ(table.Told("closed").front(), "closed 1 lost");
  table.Wait(kLostPause);
  EXPECT_EQ(table.Told("closed").size(), kLostAtOnce);
  table.Wait(kLostPause);
  EXPECT_EQ(table.Told("closed").size(), 1u);
  EXPECT_TRUE(table.engine.Adapters().empty()) << "nothing is left to wait for";
  EXPECT_EQ(table.engine.NextDeadline(), kNever);
}

TEST(AdaptersTest, ARestoredEngineLosesTheSameAtTheSameTime) {
  RoutingTable table(WithGrace());
  for (const char* adapter : {"web-1", "web-2"}) {
    table.Do(SetAdapter{.adapter = adapter});
    table.Do(Submit{.channel = Channel::kChat, .queue = QueueId{"support"}, .adapter = adapter});
  }
  table.Do(SetAdapter{.adapter = "web-2", .connection = Connection::kLost});
  table.Wait(seconds{10});
  table.Do(SetAdapter{.adapter = "web-1", .connection = Connection::kLost});
  Engine restored = RestoreFrom(RowsOf(table.engine));
  EXPECT_EQ(restored.NextDeadline(), table.engine.NextDeadline());
  EXPECT_EQ(restored.Adapters(), table.engine.Adapters());
  std::vector<Event> again;
  restored.Advance(table.now + seconds{60}, again);
  table.Wait(seconds{60});
  EXPECT_EQ(again, table.last);
  EXPECT_EQ(table.Told("closed").size(), 2u);
}

TEST(AdaptersTest, AdaptersAreBounded) {
  RoutingTable table(WithGrace());
  for (std::size_t i = 0; i < kAdaptersMax; ++i) {
    ASSERT_TRUE(table.Do(SetAdapter{.adapter = "a" + std::to_string(i)}).ok());
  }
  EXPECT_EQ(table.Do(SetAdapter{.adapter = "one-more"}).refusal, Refusal::kTooLarge);
  EXPECT_TRUE(table.Do(SetAdapter{.adapter = "a0"}).repeated);
  EXPECT_EQ(table.Do(SetAdapter{.adapter = ""}).refusal, Refusal::kTooLarge);
}

TEST(AdaptersTest, AShorterGraceCountsFromTheNextLook) {
  RoutingTable table(WithGrace());
  table.Do(SetAdapter{.adapter = "web"});
  const ContactId contact =
      table.Do(Submit{.channel = Channel::kChat, .queue = QueueId{"support"}, .adapter = "web"})
          .contact;
  table.Do(SetAdapter{.adapter = "web", .connection = Connection::kLost});
  Domain longer = WithGrace();
  longer.adapter_grace.chat = seconds{90};
  table.Do(ApplyDomain{longer, 2});
  table.Wait(seconds{89});
  EXPECT_EQ(table.Contact(contact).state, ContactState::kWaiting);
  table.Wait(seconds{1});
  EXPECT_EQ(table.Told("closed").size(), 1u);
}

}  // namespace
}  // namespace usher::engine
