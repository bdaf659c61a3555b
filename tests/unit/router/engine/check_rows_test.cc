// SPDX-License-Identifier: Apache-2.0
#include "router/engine/check_rows.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "router/engine/engine.h"
#include "tests/unit/router/engine/storm.h"

namespace usher::engine {
namespace {

struct Rows {
  DomainRow domain;
  std::vector<QueueRow> queues;
  std::vector<AgentRow> agents;
  std::vector<ContactRow> contacts;

  std::vector<RowFault> Check() const { return CheckRows(domain, queues, agents, contacts); }
  ContactRow& First(ContactState state) {
    for (ContactRow& row : contacts) {
      if (row.state == state) return row;
    }
    ADD_FAILURE() << "no contact is " << ToString(state);
    return contacts.front();
  }
};

Rows RowsOf(const Engine& engine) {
  Rows rows;
  rows.domain = engine.Row();
  for (const Queue& queue : engine.domain().queues) rows.queues.push_back(engine.Row(queue.id));
  for (const AgentId& agent : engine.Agents()) rows.agents.push_back(engine.Row(agent));
  for (const ContactId contact : engine.Contacts()) rows.contacts.push_back(engine.Row(contact));
  return rows;
}

// A state in which contacts wait, are offered, are with agents and are wrapped up.
Rows BusyRows() {
  Engine engine;
  Storm storm(5);
  Instant now = InstantFromUnixMs(1'700'000'000'000);
  std::vector<Event> events;
  engine.Execute(ApplyDomain{StormDomain(5), 1}, now, events);
  for (int i = 0; i < 100'000; ++i) {
    now = storm.NextInstant(engine, now);
    events.clear();
    engine.Execute(storm.Next(engine, now), now, events);
    bool has_all = true;
    for (const ContactState state : {ContactState::kWaiting, ContactState::kOffered,
                                     ContactState::kAssigned, ContactState::kWrapping}) {
      bool has = false;
      for (const ContactId id : engine.Contacts()) has = has || engine.Row(id).state == state;
      has_all = has_all && has;
    }
    if (has_all) return RowsOf(engine);
  }
  ADD_FAILURE() << "the storm never had all of them";
  return RowsOf(engine);
}

TEST(CheckRowsTest, EveryStateOfAStormIsSound) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    Engine engine;
    Storm storm(seed);
    Instant now = InstantFromUnixMs(1'700'000'000'000);
    std::vector<Event> events;
    engine.Execute(ApplyDomain{StormDomain(seed), 1}, now, events);
    for (int i = 0; i < 600; ++i) {
      now = storm.NextInstant(engine, now);
      events.clear();
      engine.Execute(storm.Next(engine, now), now, events);
      if (i % 20 != 0) continue;
      const std::vector<RowFault> faults = RowsOf(engine).Check();
      ASSERT_TRUE(faults.empty()) << "seed " << seed << ", command " << i << ": "
                                  << faults.front().what;
    }
  }
}

TEST(CheckRowsTest, EachWrongRowIsNamedAndTheOthersCanBeRestored) {
  const std::vector<std::pair<std::string, std::function<ContactRow&(Rows&)>>> wrongs = {
      {"queue",
       [](Rows& rows) -> ContactRow& {
         ContactRow& row = rows.First(ContactState::kWaiting);
         row.queue = QueueId{"nowhere"};
         return row;
       }},
      {"requirement",
       [](Rows& rows) -> ContactRow& {
         ContactRow& row = rows.First(ContactState::kWaiting);
         row.requirement = "and and";
         return row;
       }},
      {"steps",
       [](Rows& rows) -> ContactRow& {
         ContactRow& row = rows.First(ContactState::kWaiting);
         row.steps_in_force = 1'000;
         return row;
       }},
      {"order",
       [](Rows& rows) -> ContactRow& {
         ContactRow& row = rows.First(ContactState::kWaiting);
         row.key.sequence = 0;
         return row;
       }},
      {"clock",
       [](Rows& rows) -> ContactRow& {
         ContactRow& row = rows.First(ContactState::kWaiting);
         row.waiting_since.reset();
         return row;
       }},
      {"offers",
       [](Rows& rows) -> ContactRow& {
         ContactRow& row = rows.First(ContactState::kOffered);
         row.offers.clear();
         return row;
       }},
      {"nobody",
       [](Rows& rows) -> ContactRow& {
         ContactRow& row = rows.First(ContactState::kAssigned);
         row.agent = AgentId{};
         return row;
       }},
      {"state",
       [](Rows& rows) -> ContactRow& {
         ContactRow& row = rows.First(ContactState::kAssigned);
         row.state = ContactState::kClosed;
         return row;
       }},
      {"wrap it up",
       [](Rows& rows) -> ContactRow& {
         ContactRow& row = rows.First(ContactState::kAssigned);
         row.state = ContactState::kWrapping;
         return row;
       }},
      {"number",
       [](Rows& rows) -> ContactRow& {
         ContactRow& row = rows.First(ContactState::kWaiting);
         rows.domain.next_contact = row.id.value();
         return row;
       }},
  };
  const Rows sound = BusyRows();
  ASSERT_TRUE(sound.Check().empty());
  for (const auto& [what, spoil] : wrongs) {
    Rows rows = sound;
    const ContactId spoiled = spoil(rows).id;
    const std::vector<RowFault> faults = rows.Check();
    ASSERT_FALSE(faults.empty()) << what;
    bool is_named = false;
    for (const RowFault& fault : faults) is_named = is_named || fault.contact == spoiled;
    EXPECT_TRUE(is_named) << what;
    RemoveFaulty(faults, rows.queues, rows.agents, rows.contacts);
    DropLooseEnds(rows.agents, rows.contacts);
    EXPECT_TRUE(rows.Check().empty()) << what;
    // Whatever is due now or later finds nothing that is not there.
    Engine engine = Engine::Restore(rows.domain, rows.queues, rows.agents, rows.contacts);
    std::vector<Event> events;
    engine.Advance(rows.domain.now + std::chrono::minutes{2}, events);
  }
}

TEST(CheckRowsTest, AWrapUpOfAContactThatIsNotThereIsNamed) {
  Rows rows = BusyRows();
  AgentRow& agent = rows.agents.front();
  agent.wrap_ups.push_back({.contact = ContactId{rows.domain.next_contact + 5},
                            .ends = rows.domain.now + std::chrono::minutes{1},
                            .closes = true});
  const std::vector<RowFault> faults = rows.Check();
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].agent, agent.id);
  // Where the contact's row is known to be lost, the agent's is not to blame.
  DropLooseEnds(rows.agents, rows.contacts);
  EXPECT_TRUE(rows.Check().empty());
}

}  // namespace
}  // namespace usher::engine
