// SPDX-License-Identifier: Apache-2.0
#include "router/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/router/engine/routing_table.h"
#include "tests/unit/router/engine/small_domain.h"

namespace usher::engine {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const AgentId kAnn{"ann"};

TEST(EngineTest, OffersAnArrivalAtOnceToWhoIsFree) {
  RoutingTable table(SmallDomain());
  table.SignIn("ann");
  table.Submit("support");
  EXPECT_THAT(table.Told("offered"), ElementsAre("offered 1 ann"));
}

TEST(EngineTest, LeavesAnArrivalWaitingWhereNobodyIsSignedIn) {
  RoutingTable table(SmallDomain());
  const ContactId contact = table.Submit("support");
  EXPECT_THAT(table.Told("offered"), IsEmpty());
  EXPECT_THAT(table.engine.WaitingIn(QueueId{"support"}), ElementsAre(contact));
  EXPECT_EQ(table.engine.PositionOf(contact), 1u);
}

TEST(EngineTest, RepeatsAnAcceptOfOnesOwnWithoutAnEvent) {
  RoutingTable table(SmallDomain());
  table.SignIn("ann");
  const ContactId contact = table.Submit("support");
  const OfferId offer = table.Do(Accept{.contact = contact, .agent = kAnn}).offer;
  const Outcome again = table.Do(Accept{.contact = contact, .offer = offer, .agent = kAnn});
  EXPECT_TRUE(again.ok());
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.offer, offer);
  EXPECT_THAT(table.last, IsEmpty());
}

TEST(EngineTest, RefusesAnAcceptByAnOfferThatEndedBefore) {
  Domain domain = SmallDomain();
  QueueIn(domain, "support").missed_offers.limit = 0;
  RoutingTable table(domain);
  table.SignIn("ann");
  const ContactId contact = table.Submit("support");
  const OfferId first = table.Contact(contact).offers.front().id;
  table.Wait(seconds{15});  // missed, and offered again at once
  EXPECT_THAT(table.Told("offered"), ElementsAre("offered 1 ann"));
  const Outcome late = table.Do(Accept{.contact = contact, .offer = first, .agent = kAnn});
  EXPECT_EQ(late.refusal, Refusal::kOfferMissed);
}

TEST(EngineTest, RefusesAnAcceptInTheVeryInstantOfTheDeadline) {
  RoutingTable table(SmallDomain());
  table.SignIn("ann");
  const ContactId contact = table.Submit("support");
  table.now += seconds{15};
  EXPECT_EQ(table.Do(Accept{.contact = contact, .agent = kAnn}).refusal, Refusal::kOfferMissed);
}

TEST(EngineTest, AcceptsJustBeforeTheDeadline) {
  RoutingTable table(SmallDomain());
  table.SignIn("ann");
  const ContactId contact = table.Submit("support");
  table.now += seconds{15} - Duration{1};
  EXPECT_TRUE(table.Do(Accept{.contact = contact, .agent = kAnn}).ok());
}

TEST(EngineTest, GivesTheFirstContactForARepeatedExternalId) {
  RoutingTable table(SmallDomain());
  const Submit call{
      .channel = Channel::kVoice, .queue = QueueId{"support"}, .external_id = "call-1"};
  const ContactId first = table.Do(call).contact;
  const Outcome again = table.Do(call);
  EXPECT_EQ(again.contact, first);
  EXPECT_TRUE(again.repeated);
  EXPECT_THAT(table.last, IsEmpty());
}

TEST(EngineTest, FreesAnExternalIdWithTheCloseAndKeepsChannelsApart) {
  RoutingTable table(SmallDomain());
  Submit submit{.channel = Channel::kVoice, .queue = QueueId{"support"}, .external_id = "x"};
  const ContactId first = table.Do(submit).contact;
  submit.channel = Channel::kChat;
  EXPECT_NE(table.Do(submit).contact, first);
  submit.channel = Channel::kVoice;
  table.Do(Abandon{first});
  const Outcome again = table.Do(submit);
  EXPECT_NE(again.contact, first);
  EXPECT_FALSE(again.repeated);
}

TEST(EngineTest, ForgetsAClosedContactButKnowsThatItWas) {
  RoutingTable table(SmallDomain());
  const ContactId contact = table.Submit("support");
  table.Do(Cancel{contact});
  EXPECT_EQ(table.engine.FindContact(contact), std::nullopt);
  EXPECT_EQ(table.Do(Cancel{contact}).refusal, Refusal::kContactClosed);
  EXPECT_EQ(table.Do(Cancel{ContactId{99}}).refusal, Refusal::kUnknownContact);
}

TEST(EngineTest, ARefusedCommandMakesNoEvent) {
  RoutingTable table(SmallDomain());
  EXPECT_EQ(table.Do(Submit{.queue = QueueId{"nowhere"}}).refusal, Refusal::kUnknownQueue);
  EXPECT_THAT(table.last, IsEmpty());
  EXPECT_EQ(table.Do(Submit{.queue = QueueId{"support"}, .requirement = "french"}).refusal,
            Refusal::kBadRequirement);
  EXPECT_THAT(table.last, IsEmpty());
}

TEST(EngineTest, ASubmitRefusedByAFullQueueLeavesAClosedContact) {
  Domain domain = SmallDomain();
  QueueIn(domain, "support").max_waiting = 1;
  RoutingTable table(domain);
  table.Submit("support");
  const Outcome full = table.Do(Submit{.queue = QueueId{"support"}, .external_id = "x"});
  EXPECT_EQ(full.refusal, Refusal::kQueueFull);
  EXPECT_EQ(full.contact, ContactId{2});
  EXPECT_THAT(table.Told("closed"), ElementsAre("closed 2 refused"));
  EXPECT_EQ(table.engine.FindContact(Channel::kVoice, "x"), std::nullopt);
}

TEST(EngineTest, RefusesWhatWouldOverflowItsBounds) {
  RoutingTable table(SmallDomain());
  const QueueId support{"support"};
  EXPECT_EQ(table.Do(Submit{.queue = support, .subject = std::string(5000, 'x')}).refusal,
            Refusal::kTooLarge);
  EXPECT_EQ(table.Do(Submit{.queue = support, .priority = INT32_MAX}).refusal, Refusal::kTooLarge);
  EXPECT_EQ(table.Do(Submit{.queue = support, .head_start = Duration::max()}).refusal,
            Refusal::kTooLarge);
  EXPECT_EQ(table.Do(Submit{.queue = support, .due = kNever}).refusal, Refusal::kTooLarge);
}

TEST(EngineTest, FiresTimersAtTheirOwnInstants) {
  Domain domain = SmallDomain();
  QueueIn(domain, "support").wait_limit = seconds{30};
  RoutingTable table(domain);
  table.Submit("support");
  EXPECT_EQ(table.engine.NextDeadline(), table.now + seconds{30});
  table.Wait(seconds{100});
  ASSERT_EQ(table.last.size(), 1u);
  EXPECT_EQ(table.last.front().at, table.now - seconds{70});
  EXPECT_EQ(table.engine.NextDeadline(), kNever);
}

TEST(EngineTest, TakesAnEarlierInstantForTheLatestSeen) {
  RoutingTable table(SmallDomain());
  const Instant latest = table.now;
  table.now -= seconds{5};
  table.SignIn("ann");
  EXPECT_EQ(table.last.front().at, latest);
}

TEST(EngineTest, AWrapUpEndsAtItsAbsoluteTimeWhateverTheConsoleDoes) {
  Domain domain = SmallDomain();
  QueueIn(domain, "support").wrap_up = seconds{60};
  RoutingTable table(domain);
  table.SignIn("ann");
  const ContactId contact = table.Submit("support");
  table.Do(Accept{.contact = contact, .agent = kAnn});
  table.Do(Complete{.contact = contact, .agent = kAnn, .disposition = "resolved"});
  EXPECT_EQ(table.Contact(contact).state, ContactState::kWrapping);
  table.Do(SignOut{kAnn});
  table.Wait(seconds{59});
  EXPECT_THAT(table.Told("closed"), IsEmpty());
  table.Wait(seconds{1});
  EXPECT_THAT(table.Told("closed"), ElementsAre("closed 1 completed"));
}

TEST(EngineTest, TheLastEventOfAContactTellsItsStory) {
  RoutingTable table(SmallDomain());
  table.SignIn("ann");
  const ContactId contact = table
                                .Do(Submit{.channel = Channel::kChat,
                                           .queue = QueueId{"support"},
                                           .customer = CustomerId{"c7"},
                                           .external_id = "chat-1",
                                           .adapter = "widget"})
                                .contact;
  table.Wait(seconds{4});
  table.Do(Accept{.contact = contact, .agent = kAnn});
  table.Wait(seconds{40});
  table.Do(Complete{.contact = contact, .disposition = "resolved", .note = "sent a new card"});
  const auto& closed = std::get<Closed>(table.last.back().body);
  EXPECT_EQ(closed.outcome, ContactOutcome::kCompleted);
  EXPECT_EQ(closed.agent, kAnn);
  EXPECT_EQ(closed.waited, Duration{seconds{4}});
  EXPECT_EQ(closed.customer, CustomerId{"c7"});
  EXPECT_EQ(closed.external_id, "chat-1");
  EXPECT_EQ(closed.adapter, "widget");
  EXPECT_EQ(closed.disposition, "resolved");
  EXPECT_EQ(closed.note, "sent a new card");
}

TEST(EngineTest, ASupervisorMovesWhatOnlyWaitsAndAnAgentDoesNot) {
  RoutingTable table(SmallDomain());
  const ContactId contact = table.Submit("support");
  const QueueId sales{"sales"};
  EXPECT_EQ(table.Do(Transfer{.contact = contact, .to_queue = sales}).refusal,
            Refusal::kWrongState);
  EXPECT_TRUE(
      table.Do(Transfer{.contact = contact, .to_queue = sales, .by_supervisor = true}).ok());
  EXPECT_THAT(table.engine.WaitingIn(sales), ElementsAre(contact));
}

TEST(EngineTest, ARemovedAgentKeepsHerCallUntilItIsDone) {
  RoutingTable table(SmallDomain());
  table.SignIn("ann");
  const ContactId contact = table.Submit("support", Channel::kVoice);
  table.Do(Accept{.contact = contact, .agent = kAnn});
  Domain without = SmallDomain();
  std::erase_if(without.agents, [](const Agent& agent) { return agent.id == kAnn; });
  ASSERT_TRUE(table.Do(ApplyDomain{without, 2}).ok());
  EXPECT_THAT(table.Told("signed-out"), ElementsAre("signed-out ann"));
  EXPECT_EQ(table.Do(SignIn{kAnn}).refusal, Refusal::kUnknownAgent);
  EXPECT_THAT(table.engine.CheckState(), IsEmpty());
  EXPECT_TRUE(table.Do(Complete{.contact = contact, .agent = kAnn}).ok());
  EXPECT_EQ(table.engine.FindAgent(kAnn), std::nullopt);
  EXPECT_EQ(table.Do(SignOut{kAnn}).refusal, Refusal::kUnknownAgent);
}

TEST(EngineTest, RefusesAConfigurationThatWouldStrandAContact) {
  RoutingTable table(SmallDomain());
  table.Do(Submit{.queue = QueueId{"support"}, .requirement = "billing > 10"});
  Domain next = SmallDomain();
  next.skills = {"english"};
  EXPECT_EQ(table.Do(ApplyDomain{next, 2}).refusal, Refusal::kBadRequirement);
  next = SmallDomain();
  next.queues.erase(next.queues.begin());
  EXPECT_EQ(table.Do(ApplyDomain{next, 2}).refusal, Refusal::kQueueInUse);
  EXPECT_EQ(table.engine.version(), 1u);
}

TEST(EngineTest, RefusesAConfigurationThatDoesNotCompile) {
  RoutingTable table(SmallDomain());
  Domain next = SmallDomain();
  QueueIn(next, "sales").requirement = "french";
  EXPECT_EQ(table.Do(ApplyDomain{next, 2}).refusal, Refusal::kBadRequirement);
  next = SmallDomain();
  next.rules = {Rule{.when = "customer.tier =="}};
  EXPECT_EQ(table.Do(ApplyDomain{next, 2}).refusal, Refusal::kBadRequirement);
}

TEST(EngineTest, EstimatesAWaitFromThePaceOfTheQueue) {
  RoutingTable table(SmallDomain());
  table.SignIn("ann");
  for (int i = 0; i < 3; ++i) {
    const ContactId contact = table.Submit("support", Channel::kChat);
    table.Do(Accept{.contact = contact, .agent = kAnn});
    table.Wait(seconds{10});
  }
  const ContactId first = table.Submit("support", Channel::kChat);
  const ContactId second = table.Submit("support", Channel::kChat);
  // Every ten seconds without fail: the interval is a point.
  EXPECT_EQ(table.engine.EstimatedWaitOf(first),
            (WaitEstimate{seconds{10}, seconds{10}, seconds{10}}));
  EXPECT_EQ(table.engine.EstimatedWaitOf(second),
            (WaitEstimate{seconds{20}, seconds{20}, seconds{20}}));
}

TEST(EngineTest, TwoRunsOfTheSameCommandsGiveTheSameEvents) {
  const auto run = [] {
    Domain domain = SmallDomain();
    QueueIn(domain, "support").strategy = Strategy::kRandom;
    RoutingTable table(domain);
    table.SignIn("ann");
    table.SignIn("bob");
    for (int i = 0; i < 6; ++i) table.Submit("support", Channel::kChat);
    return table.all;
  };
  EXPECT_EQ(run(), run());
}

TEST(EngineTest, OneFreedAgentLooksAtOneContactHoweverManyWait) {
  RoutingTable table(SmallDomain());
  for (int i = 0; i < 5000; ++i) table.Submit("support");
  for (int i = 0; i < 5000; ++i) table.Submit("sales");
  const DispatchCost before = table.engine.cost();
  table.SignIn("ann");
  EXPECT_EQ(table.engine.cost().offers - before.offers, 1u);
  EXPECT_EQ(table.engine.cost().contacts_tried - before.contacts_tried, 1u);
  EXPECT_EQ(table.engine.cost().agents_tried - before.agents_tried, 1u);
}

TEST(EngineTest, OneArrivalLooksAtOneAgentHoweverManyAreFree) {
  Domain domain = SmallDomain();
  for (int i = 0; i < 3000; ++i) {
    domain.agents.push_back(
        Agent{.id = AgentId{"x" + std::to_string(i)}, .queues = {{QueueId{"support"}, 0}}});
  }
  RoutingTable table(domain);
  for (const AgentId& agent : table.engine.Agents()) table.SignIn(agent.value());
  const DispatchCost before = table.engine.cost();
  table.Submit("support");
  EXPECT_EQ(table.engine.cost().agents_tried - before.agents_tried, 1u);
}

TEST(EngineTest, AHigherContactThatNobodyCanTakeCostsTheOthersNothing) {
  RoutingTable table(SmallDomain());
  for (int i = 0; i < 1000; ++i) {
    table.Do(Submit{.queue = QueueId{"support"}, .priority = 9, .requirement = "english > 90"});
  }
  table.Submit("support");
  const DispatchCost before = table.engine.cost();
  table.SignIn("bob");
  EXPECT_THAT(table.Told("offered"), ElementsAre("offered 1001 bob"));
  EXPECT_EQ(table.engine.cost().contacts_tried - before.contacts_tried, 1u);
}

TEST(ServiceLevelTest, IsRoundedHalfUpToHundredthsOfAPercent) {
  EXPECT_EQ((QueueCounts{.accepted = 3, .accepted_in_time = 2}).ServiceLevel(), 6667);
  EXPECT_EQ((QueueCounts{.accepted = 16, .accepted_in_time = 1}).ServiceLevel(), 625);
  EXPECT_EQ((QueueCounts{.accepted = 32, .accepted_in_time = 1}).ServiceLevel(), 313);
  EXPECT_EQ(QueueCounts{}.ServiceLevel(), std::nullopt);
}

}  // namespace
}  // namespace usher::engine
