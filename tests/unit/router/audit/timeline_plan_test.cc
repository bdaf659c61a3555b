// SPDX-License-Identifier: Apache-2.0
#include "router/audit/timeline_plan.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace usher::audit {
namespace {

TEST(PositionTest, IsReadInTheFormThatTimelinesKeep) {
  const auto position = ParsePosition("00000000000000000042-00000007");
  ASSERT_TRUE(position.has_value());
  EXPECT_EQ(*position, (Position{42, 7}));
  EXPECT_EQ(ToText(*position), "event 7 of commit 42");
  for (const std::string text :
       {"", "42-7", "00000000000000000042-0000000x", "00000000000000000042 00000007",
        "99999999999999999999-00000001"}) {
    EXPECT_FALSE(ParsePosition(text).has_value()) << text;
  }
}

TEST(TimelinePlanTest, HasAnEntryOfWhatConcernsACustomer) {
  engine::Engine engine;
  engine::Domain domain;
  domain.queues.push_back({.id = QueueId{"support"}});
  std::vector<engine::Event> events;
  const Instant now = InstantFromUnixMs(1'700'000'000'000);
  engine.Execute(engine::ApplyDomain{domain, 1}, now, events);
  engine.Execute(engine::Submit{.channel = engine::Channel::kChat,
                                .queue = QueueId{"support"},
                                .customer = CustomerId{"cu_1"}},
                 now, events);
  engine.Execute(engine::Submit{.channel = engine::Channel::kChat, .queue = QueueId{"support"}},
                 now, events);
  engine.Execute(engine::Cancel{ContactId{1}}, now, events);
  engine.Execute(engine::Cancel{ContactId{2}}, now, events);

  engine::Engine folded;
  TimelinePlan plan;
  std::uint32_t index = 0;
  for (const engine::Event& event : events) {
    plan.Take(folded, 5, index++, event);
    folded.Evolve(event);
  }
  plan.Cover(5);
  const std::vector<PlannedEntry>& entries = plan.Of(CustomerId{"cu_1"});
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].kind, EntryKind::kOpened);
  EXPECT_EQ(entries[1].kind, EntryKind::kClosed);
  EXPECT_EQ(entries[1].contact, ContactId{1});
  EXPECT_EQ(plan.all().size(), 1u);  // nothing of the contact that nobody is known to have sent
  EXPECT_TRUE(plan.Covers(5));
  EXPECT_FALSE(plan.Covers(4));
  EXPECT_FALSE(plan.Covers(6));
}

}  // namespace
}  // namespace usher::audit
