// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/router/engine/storm.h"

#include <cstdlib>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/router/engine/naive_matcher.h"
#include "tests/unit/router/engine/routing_table.h"

namespace usher::engine {
namespace {

using ::testing::IsEmpty;

constexpr int kCommands = 1500;

class StormTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  StormTest() : storm_(GetParam()), table_(StormDomain(GetParam() % 4)) {
    for (const Agent& agent : table_.engine.domain().agents) table_.SignIn(agent.id.value());
  }

  Command Step() {
    table_.now = storm_.NextInstant(table_.engine, table_.now);
    const Command command = storm_.Next(table_.engine, table_.now);
    table_.Do(command);
    return command;
  }

  Storm storm_;
  RoutingTable table_;
};

TEST_P(StormTest, KeepsEveryInvariantAfterEachCommand) {
  for (int i = 0; i < kCommands; ++i) {
    Step();
    ASSERT_THAT(table_.engine.CheckState(), IsEmpty()) << "command " << i;
  }
}

TEST_P(StormTest, IsAFoldOverItsEvents) {
  for (int i = 0; i < kCommands; ++i) Step();
  Engine replica;
  for (const Event& event : table_.all) replica.Evolve(event);
  EXPECT_EQ(RowsOf(replica), RowsOf(table_.engine));
}

TEST_P(StormTest, GoesOnAlikeAfterARestoreFromItsRows) {
  Engine restored = RestoreFrom(RowsOf(table_.engine));
  for (int i = 0; i < kCommands; ++i) {
    const Command command = Step();
    std::vector<Event> events;
    restored.Execute(command, table_.now, events);
    ASSERT_EQ(events, table_.last) << "command " << i;
    if (i % 37 != 0) continue;
    ASSERT_EQ(RowsOf(restored), RowsOf(table_.engine)) << "command " << i;
    restored = RestoreFrom(RowsOf(table_.engine));
    ASSERT_EQ(RowsOf(restored), RowsOf(table_.engine)) << "command " << i;
    ASSERT_THAT(restored.CheckState(), IsEmpty()) << "command " << i;
  }
}

TEST_P(StormTest, OffersWhatTheNaiveWalkOffers) {
  Engine replica;
  std::size_t seen = 0;
  const auto follow = [&] {
    for (; seen < table_.all.size(); ++seen) {
      const Event& event = table_.all[seen];
      const Offered* offered = std::get_if<Offered>(&event.body);
      if (offered != nullptr && !offered->alone) {
        const NaiveOffer made{offered->contact, offered->agent, offered->new_round};
        ASSERT_EQ(NextOffer(replica, event.at), made) << "event " << seen;
      }
      replica.Evolve(event);
    }
    ASSERT_EQ(NextOffer(replica, table_.now), std::nullopt) << "after event " << seen;
  };
  follow();
  for (int i = 0; i < kCommands / 2; ++i) {
    Step();
    follow();
    if (HasFatalFailure()) return;
  }
}

TEST_P(StormTest, NamesEveryRowThatChanged) {
  Engine& engine = table_.engine;
  std::map<ContactId, ContactRow> contacts;
  std::map<AgentId, AgentRow> agents;
  std::map<QueueId, QueueRow> queues;
  for (int i = 0; i < kCommands; ++i) {
    Step();
    if (i % 5 != 0) continue;
    const DirtyRows dirty = engine.TakeDirty();
    for (const ContactId id : dirty.contacts) {
      contacts.erase(id);
      if (const auto row = engine.FindContact(id)) contacts.emplace(id, *row);
    }
    for (const AgentId& id : dirty.agents) {
      agents.erase(id);
      if (const auto row = engine.FindAgent(id)) agents.emplace(id, *row);
    }
    for (const QueueId& id : dirty.queues) queues.insert_or_assign(id, engine.Row(id));
    const AllRows rows = RowsOf(engine);
    ASSERT_EQ(contacts.size(), rows.contacts.size()) << "command " << i;
    for (const ContactRow& row : rows.contacts) ASSERT_EQ(contacts.at(row.id), row) << i;
    for (const AgentRow& row : rows.agents) ASSERT_EQ(agents.at(row.id), row) << i;
    for (const QueueRow& row : rows.queues) ASSERT_EQ(queues.at(row.id), row) << i;
  }
}

// More of them for a night: USHER_STORM_SEEDS=1000.
std::uint64_t SeedsEnd() {
  const char* seeds = std::getenv("USHER_STORM_SEEDS");
  return 1 + (seeds != nullptr ? std::strtoull(seeds, nullptr, 10) : 4);
}
INSTANTIATE_TEST_SUITE_P(Seeds, StormTest, ::testing::Range<std::uint64_t>(1, SeedsEnd()));

}  // namespace
}  // namespace usher::engine
