// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "router/engine/engine.h"
#include "tests/unit/router/engine/naive_matcher.h"
#include "tests/unit/router/engine/routing_table.h"
#include "tests/unit/router/engine/small_domain.h"
#include "tests/unit/router/engine/storm.h"

namespace usher::engine {
namespace {

DispatchCost operator-(const DispatchCost& a, const DispatchCost& b) {
  return {a.contacts_tried - b.contacts_tried, a.agents_tried - b.agents_tried, a.offers - b.offers,
          a.classes_touched - b.classes_touched};
}

// What ann's day costs beside `others` colleagues, while `waiting` contacts wait that she cannot
// serve: half of them in her own queue, asking for what she lacks, in many different ways.
DispatchCost CostOfAnnsDay(int others, int waiting) {
  Domain domain = SmallDomain();
  AgentIn(domain, "ann").skills = {{"english", 80}};
  domain.agents.erase(domain.agents.begin() + 1);  // bob would share her work
  for (int i = 0; i < others; ++i) {
    domain.agents.push_back(Agent{.id = AgentId{"x" + std::to_string(i)},
                                  .skills = {{"billing", i % 100}},
                                  .queues = {{QueueId{"sales"}, 0}}});
  }
  RoutingTable table(domain);
  for (int i = 0; i < waiting; ++i) {
    const bool is_hers = i % 2 == 0;
    table.Do(Submit{.channel = Channel::kChat,
                    .queue = QueueId{is_hers ? "support" : "sales"},
                    .priority = 5,
                    .requirement = "billing > " + std::to_string(i / 2 % 50 + 10)});
  }
  for (int i = 0; i < others; ++i) table.SignIn("x" + std::to_string(i));
  const ContactId first = table.Submit("support", Channel::kChat);
  const ContactId second = table
                               .Do(Submit{.channel = Channel::kChat,
                                          .queue = QueueId{"support"},
                                          .requirement = "english > 50"})
                               .contact;

  const DispatchCost before = table.engine.cost();
  const AgentId ann{"ann"};
  table.SignIn("ann");
  table.Do(SetPresence{ann, Presence::kNotReady, "break"});
  table.Do(SetPresence{ann, Presence::kAvailable, ""});
  EXPECT_TRUE(table.Do(Accept{.contact = first, .agent = ann}).ok());
  EXPECT_TRUE(table.Do(Accept{.contact = second, .agent = ann}).ok());
  EXPECT_TRUE(table.Do(Complete{.contact = first}).ok());
  EXPECT_TRUE(table.Do(Complete{.contact = second}).ok());
  table.Do(SignOut{ann});
  return table.engine.cost() - before;
}

TEST(CostTest, AnAgentsChangesTouchOnlyWhatSheCanServe) {
  const DispatchCost alone = CostOfAnnsDay(0, 0);
  EXPECT_EQ(alone.offers, 4u);
  EXPECT_EQ(CostOfAnnsDay(300, 0), alone);
  EXPECT_EQ(CostOfAnnsDay(0, 2000), alone);
  EXPECT_EQ(CostOfAnnsDay(300, 2000), alone);
  EXPECT_LT(alone.classes_touched, 50u);
}

// How many of 400 ready agents an arrival looks at.
std::uint64_t AgentsTriedBy(Strategy strategy) {
  Domain domain = SmallDomain();
  QueueIn(domain, "support").strategy = strategy;
  domain.agents.clear();
  for (int i = 0; i < 400; ++i) {
    domain.agents.push_back(Agent{.id = AgentId{"x" + std::to_string(i)},
                                  .skills = {{"english", i % 100}},
                                  .queues = {{QueueId{"support"}, i % 2}}});
  }
  RoutingTable table(domain);
  for (const AgentId& agent : table.engine.Agents()) table.SignIn(agent.value());
  const DispatchCost before = table.engine.cost();
  table.Do(Submit{.queue = QueueId{"support"}, .requirement = "english >= 0"});
  EXPECT_EQ((table.engine.cost() - before).offers, 1u);
  return (table.engine.cost() - before).agents_tried;
}

TEST(CostTest, AnArrivalLooksAtOneAgentWhateverStandsStill) {
  for (const Strategy strategy :
       {Strategy::kLongestIdle, Strategy::kRoundRobin, Strategy::kLeastLoaded,
        Strategy::kFewestContacts, Strategy::kBestSkill, Strategy::kLeastSkill, Strategy::kOrdered,
        Strategy::kRandom, Strategy::kBroadcast, Strategy::kProgressive}) {
    EXPECT_EQ(AgentsTriedBy(strategy), 1u) << ToString(strategy);
  }
}

// The share of a day that an agent was busy runs with the clock, and weights go by every tier.
TEST(CostTest, AnArrivalLooksAtAllOfATierWhereTheValueRuns) {
  EXPECT_EQ(AgentsTriedBy(Strategy::kLeastBusy), 1u + 200u + 1u);
  EXPECT_EQ(AgentsTriedBy(Strategy::kWeightedRandom), 1u + 400u);
}

// Values of the day start anew at midnight, while nobody does anything.
class MidnightTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(MidnightTest, OffersWhatTheNaiveWalkOffers) {
  Storm storm(GetParam());
  RoutingTable table(StormDomain(GetParam() % 4));
  table.now += std::chrono::hours{24} - std::chrono::minutes{20};
  for (const Agent& agent : table.engine.domain().agents) table.SignIn(agent.id.value());
  Engine replica;
  std::size_t seen = 0;
  for (int i = 0; i < 600; ++i) {
    table.now = storm.NextInstant(table.engine, table.now);
    table.Do(storm.Next(table.engine, table.now));
    for (; seen < table.all.size(); ++seen) {
      const Event& event = table.all[seen];
      const Offered* offered = std::get_if<Offered>(&event.body);
      if (offered != nullptr && !offered->alone) {
        const NaiveOffer made{offered->contact, offered->agent, offered->new_round};
        ASSERT_EQ(NextOffer(replica, event.at), made) << "event " << seen;
      }
      replica.Evolve(event);
    }
    ASSERT_TRUE(table.engine.CheckState().empty()) << "command " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, MidnightTest, ::testing::Range<std::uint64_t>(1, 5));

}  // namespace
}  // namespace usher::engine
