// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/router/engine/routing_table.h"
#include "tests/unit/router/engine/small_domain.h"

namespace usher::engine {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

const AgentId kAnn{"ann"};
const AgentId kBob{"bob"};
const AgentId kCid{"cid"};

// Ann, bob and cid serve support, which asks them again at once after a reject.
Domain ThreeAgents() {
  Domain domain = SmallDomain();
  AgentIn(domain, "cid").queues = {{QueueId{"support"}, 0}};
  QueueIn(domain, "support").reject_delay = seconds{0};
  return domain;
}

TEST(RoundsTest, AWithdrawnOfferIsNotAskedInTheRound) {
  RoutingTable table(ThreeAgents());
  table.SignIn("ann");
  const ContactId contact = table.Submit("support");
  table.Wait(seconds{1});
  table.SignIn("bob");
  table.Do(SignOut{kAnn});
  ASSERT_THAT(table.Told("offered"), ElementsAre("offered 1 bob"));
  table.Wait(seconds{1});
  table.SignIn("ann");  // idle for less than bob from now on
  table.Do(Reject{.contact = contact, .agent = kBob});
  EXPECT_THAT(table.Told("offered"), ElementsAre("offered 1 ann"));
}

TEST(RoundsTest, ARejectedOfferIsAskedInTheRound) {
  RoutingTable table(ThreeAgents());
  table.SignIn("ann");
  const ContactId contact = table.Submit("support");
  table.Wait(seconds{1});
  table.SignIn("bob");
  table.Do(Reject{.contact = contact, .agent = kAnn});
  EXPECT_THAT(table.Told("offered"), ElementsAre("offered 1 bob"));
  table.Do(Reject{.contact = contact, .agent = kBob});
  EXPECT_THAT(table.Told("offered"), ElementsAre("offered 1 ann"));  // a new round
}

TEST(RoundsTest, AnAcceptEndsTheRound) {
  RoutingTable table(ThreeAgents());
  for (const char* agent : {"ann", "bob"}) table.SignIn(agent);
  const ContactId contact = table.Submit("support", Channel::kChat);
  table.Do(Reject{.contact = contact, .agent = kAnn});
  table.Do(Accept{.contact = contact, .agent = kBob});
  table.Wait(seconds{1});
  table.SignIn("cid");
  table.Do(SignOut{kBob});
  // Ann is asked as if for the first time, for she is idle longer than cid.
  EXPECT_THAT(table.Told("offered"), ElementsAre("offered 1 ann"));
  EXPECT_FALSE(std::get<Offered>(table.last.back().body).new_round);
}

TEST(RoundsTest, APauseThatEndedBeforeTheLastEventIsOverAfterAFold) {
  Domain domain = ThreeAgents();
  QueueIn(domain, "support").retry_after = seconds{10};
  QueueIn(domain, "support").when_empty = {EmptyAction::kLeave, seconds{3600}, seconds{0}};
  RoutingTable table(domain);
  table.SignIn("ann");
  const ContactId contact = table.Submit("support");
  table.Do(Reject{.contact = contact, .agent = kAnn});
  table.Do(SetPresence{kAnn, Presence::kNotReady, ""});
  table.Wait(seconds{20});
  table.Do(SignOut{kAnn});
  Engine standby;
  for (const Event& event : table.all) standby.Evolve(event);
  EXPECT_THAT(standby.CheckState(), ::testing::IsEmpty());
  table.engine = std::move(standby);
  table.SignIn("bob");
  EXPECT_THAT(table.Told("offered"), ElementsAre("offered 1 bob"));
}

TEST(BreakerTest, StaysOpenUntilTheWindowIsEmpty) {
  Domain domain = ThreeAgents();
  domain.agents.push_back(Agent{.id = AgentId{"dee"}, .queues = {{QueueId{"support"}, 0}}});
  Queue& support = QueueIn(domain, "support");
  support.offer_timeout = seconds{5};
  support.missed_offers.breaker_agents = 3;
  support.missed_offers.breaker_within = seconds{20};
  RoutingTable table(domain);
  for (const char* agent : {"ann", "bob", "cid"}) table.SignIn(agent);
  const ContactId first = table.Submit("support");
  table.Wait(seconds{15});  // missed by ann at 5, bob at 10, cid at 15
  EXPECT_EQ(table.Agent("bob").presence, Presence::kNotReady);
  EXPECT_EQ(table.Agent("cid").presence, Presence::kAvailable);
  table.Do(Cancel{first});
  table.Do(SignOut{kCid});
  table.Wait(seconds{13});
  table.SignIn("dee");
  const ContactId second = table.Submit("support");
  table.Wait(seconds{5});  // at 33 cid's miss is still inside the window
  EXPECT_EQ(table.Agent("dee").presence, Presence::kAvailable);
  table.Do(Cancel{second});
  table.Wait(seconds{27});
  table.Submit("support");
  table.Wait(seconds{5});  // at 65 nobody's is
  EXPECT_EQ(table.Agent("dee").presence, Presence::kNotReady);
}

}  // namespace
}  // namespace usher::engine
