// SPDX-License-Identifier: Apache-2.0
#include "router/engine/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/router/engine/routing_table.h"
#include "tests/unit/router/engine/small_domain.h"

namespace usher::engine {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::Pair;

const AgentId kAnn{"ann"};
const AgentId kBob{"bob"};
const AgentId kCid{"cid"};
const QueueId kSupport{"support"};
const QueueId kSales{"sales"};

// Ann, bob and cid serve support; ann and bob may hold three chats or a call, cid one contact.
Domain ThreeAgents() {
  Domain domain = SmallDomain();
  AgentIn(domain, "cid").queues = {{kSupport, 0}};
  return domain;
}

// The domain of three with one change of its queue.
template <class Change>
Domain WithSupport(Change&& change) {
  Domain domain = ThreeAgents();
  change(QueueIn(domain, "support"));
  return domain;
}

const AgentHurdle& HurdleOf(const StandingTable& table, const AgentId& agent) {
  for (const AgentStanding& standing : table.agents) {
    if (standing.agent == agent) return standing.hurdle;
  }
  USHER_CHECK(false, "the agent is in the table");
}

AgentHurdle HurdleOf(const RoutingTable& table, ContactId contact, const AgentId& agent) {
  return HurdleOf(table.engine.ExplainContact(contact, table.now)->table, agent);
}

// The explanation of the offer before which `earlier` others were made.
OfferExplanation ExplainOffer(const RoutingTable& table, std::size_t earlier = 0,
                              std::size_t limit = kExplainLimit) {
  Engine replica;
  for (const Event& event : table.all) {
    const Offered* offered = std::get_if<Offered>(&event.body);
    if (offered != nullptr && earlier-- == 0) {
      return *replica.ExplainOffer(*offered, event.at, limit);
    }
    replica.Evolve(event);
  }
  USHER_CHECK(false, "so many offers were made");
}

std::vector<AgentId> AgentsIn(const StandingTable& table) {
  std::vector<AgentId> agents;
  for (const AgentStanding& standing : table.agents) agents.push_back(standing.agent);
  return agents;
}

Fraction ValueOf(const OfferExplanation& offer, const AgentId& agent) {
  for (const AgentStanding& standing : offer.table.agents) {
    if (standing.agent == agent) return standing.rank.value().value;
  }
  USHER_CHECK(false, "the agent is in the table");
}

const WaitEnd& EndOf(const ContactExplanation& explanation, WaitEndKind kind) {
  for (const WaitEnd& end : explanation.ends) {
    if (end.kind == kind) return end;
  }
  USHER_CHECK(false, "there is such an end");
}

// --- One test for each hurdle.

TEST(ExplainHurdleTest, OfflineTellsSinceWhenAndWhatWouldComeNext) {
  RoutingTable table(WithSupport([](Queue& q) { q.requirement = "english"; }));
  table.SignIn("ann");
  table.Wait(seconds{3});
  table.Do(SignOut{kAnn});
  const Instant signed_out = table.now;
  table.Wait(seconds{4});
  const AgentHurdle hurdle = HurdleOf(table, table.Submit("support"), kAnn);
  EXPECT_EQ(hurdle.kind, HurdleKind::kOffline);
  EXPECT_EQ(hurdle.since, signed_out);
  EXPECT_EQ(hurdle.then, HurdleKind::kWrongSkill);
  EXPECT_FALSE(hurdle.could_serve);
}

TEST(ExplainHurdleTest, OfflineHasNoInstantForOneWhoNeverSignedIn) {
  RoutingTable table(ThreeAgents());
  const AgentHurdle hurdle = HurdleOf(table, table.Submit("support"), kAnn);
  EXPECT_EQ(hurdle.kind, HurdleKind::kOffline);
  EXPECT_EQ(hurdle.since, std::nullopt);
  EXPECT_TRUE(hurdle.could_serve);
}

TEST(ExplainHurdleTest, WrongChannel) {
  RoutingTable table(ThreeAgents());
  table.SignIn("ann");
  EXPECT_EQ(HurdleOf(table, table.Submit("support", Channel::kEmail), kAnn).kind,
            HurdleKind::kWrongChannel);
}

TEST(ExplainHurdleTest, WrongSkillNamesEachComparisonAndTheLevel) {
  Domain domain = WithSupport([](Queue& q) { q.requirement = "english >= 50 and not billing"; });
  AgentIn(domain, "ann").skills = {{"english", 40}, {"billing", 10}};
  RoutingTable table(domain);
  table.SignIn("ann");
  const AgentHurdle hurdle = HurdleOf(table, table.Submit("support"), kAnn);
  EXPECT_EQ(hurdle.kind, HurdleKind::kWrongSkill);
  EXPECT_THAT(hurdle.shortfalls, ElementsAre(SkillShortfall{"english", "english >= 50", false, 40},
                                             SkillShortfall{"billing", "billing", true, 10}));
}

TEST(ExplainHurdleTest, TierClosedTellsTierAndLimit) {
  Domain domain = WithSupport([](Queue& q) { q.steps = {{.at = seconds{30}, .max_tier = 2}}; });
  AgentIn(domain, "ann").queues[kSupport] = 2;
  RoutingTable table(domain);
  for (const char* agent : {"ann", "bob"}) table.SignIn(agent);
  table.Do(SetPresence{kBob, Presence::kNotReady, "break"});  // else the step is skipped to
  const ContactId contact = table.Submit("support");
  const AgentHurdle hurdle = HurdleOf(table, contact, kAnn);
  EXPECT_EQ(hurdle.kind, HurdleKind::kTierClosed);
  EXPECT_EQ(hurdle.tier, 2);
  EXPECT_EQ(hurdle.max_tier, 0);
}

TEST(ExplainHurdleTest, NotReadyTellsReasonAndSinceWhen) {
  RoutingTable table(ThreeAgents());
  table.SignIn("ann");
  table.Wait(seconds{5});
  table.Do(SetPresence{kAnn, Presence::kNotReady, "break"});
  const Instant since = table.now;
  const AgentHurdle hurdle = HurdleOf(table, table.Submit("support"), kAnn);
  EXPECT_EQ(hurdle.kind, HurdleKind::kNotReady);
  EXPECT_EQ(hurdle.reason, "break");
  EXPECT_EQ(hurdle.since, since);
  EXPECT_EQ(hurdle.then, HurdleKind::kNone);
}

TEST(ExplainHurdleTest, ConsoleLostTellsTheEndOfTheGrace) {
  RoutingTable table(ThreeAgents());
  table.SignIn("ann");
  table.Do(SetConnection{kAnn, Connection::kLost});
  const AgentHurdle hurdle = HurdleOf(table, table.Submit("support"), kAnn);
  EXPECT_EQ(hurdle.kind, HurdleKind::kConsoleLost);
  EXPECT_EQ(hurdle.ends, table.now + seconds{30});
}

TEST(ExplainHurdleTest, RejectDelayTellsItsEnd) {
  RoutingTable table(ThreeAgents());
  table.SignIn("ann");
  const ContactId contact = table.Submit("support");
  table.Do(Reject{.contact = contact, .agent = kAnn});
  const AgentHurdle hurdle = HurdleOf(table, contact, kAnn);
  EXPECT_EQ(hurdle.kind, HurdleKind::kRejectDelay);
  EXPECT_EQ(hurdle.ends, table.now + seconds{5});
}

TEST(ExplainHurdleTest, NoRoomWithoutAProfileIsOneAtATime) {
  RoutingTable table(ThreeAgents());
  table.SignIn("cid");
  const ContactId held = table.Submit("support", Channel::kEmail);
  const AgentHurdle hurdle = HurdleOf(table, table.Submit("support"), kCid);
  ASSERT_EQ(hurdle.kind, HurdleKind::kNoRoom);
  EXPECT_EQ(hurdle.room->shortage, RoomShortage::kOneAtATime);
  EXPECT_THAT(
      hurdle.room->holdings,
      ElementsAre(Holding{held, Channel::kEmail, HoldingKind::kOffered, table.now + seconds{15}}));
}

TEST(ExplainHurdleTest, NoRoomOnAFullChannel) {
  RoutingTable table(ThreeAgents());
  table.SignIn("ann");
  const ContactId held = table.Submit("support");
  table.Do(Accept{.contact = held, .agent = kAnn});
  const AgentHurdle hurdle = HurdleOf(table, table.Submit("support"), kAnn);
  ASSERT_EQ(hurdle.kind, HurdleKind::kNoRoom);
  EXPECT_EQ(hurdle.room->shortage, RoomShortage::kChannelFull);
  EXPECT_EQ(hurdle.room->channel_max, 1);
  EXPECT_THAT(hurdle.room->load, ElementsAre(Pair(Channel::kVoice, 1)));
  EXPECT_THAT(hurdle.room->holdings,
              ElementsAre(Holding{held, Channel::kVoice, HoldingKind::kAssigned, {}}));
}

TEST(ExplainHurdleTest, NoRoomBesideAnotherChannel) {
  RoutingTable table(ThreeAgents());
  table.SignIn("ann");
  table.Submit("support", Channel::kChat);
  const AgentHurdle hurdle = HurdleOf(table, table.Submit("support"), kAnn);
  ASSERT_EQ(hurdle.kind, HurdleKind::kNoRoom);
  EXPECT_EQ(hurdle.room->shortage, RoomShortage::kAlongside);
  EXPECT_EQ(hurdle.room->beside, Channel::kChat);
}

TEST(ExplainHurdleTest, NoRoomInUnits) {
  Domain domain = ThreeAgents();
  domain.profiles[0].units = 100;
  domain.profiles[0].channels[Channel::kChat].cost = 40;
  RoutingTable table(domain);
  table.SignIn("ann");
  table.Submit("support", Channel::kChat);
  table.Submit("support", Channel::kChat);
  const AgentHurdle hurdle = HurdleOf(table, table.Submit("support", Channel::kChat), kAnn);
  ASSERT_EQ(hurdle.kind, HurdleKind::kNoRoom);
  EXPECT_EQ(hurdle.room->shortage, RoomShortage::kUnits);
  EXPECT_EQ(hurdle.room->units, 100);
  EXPECT_EQ(hurdle.room->units_used, 80);
  EXPECT_EQ(hurdle.room->cost, 40);
}

TEST(ExplainHurdleTest, WhoIsAskedAndWhyTheOthersAreNot) {
  RoutingTable table(ThreeAgents());
  for (const char* agent : {"ann", "bob"}) table.SignIn(agent);
  const ContactId contact = table.Submit("support");
  const AgentHurdle asked = HurdleOf(table, contact, kAnn);
  EXPECT_EQ(asked.kind, HurdleKind::kAskedNow);
  EXPECT_EQ(asked.since, table.now);
  EXPECT_EQ(asked.ends, table.now + seconds{15});
  const AgentHurdle other = HurdleOf(table, contact, kBob);
  EXPECT_EQ(other.kind, HurdleKind::kEnoughAsked);
  EXPECT_EQ(other.being_asked, 1u);
}

TEST(ExplainHurdleTest, ATransferToAnAgentAsksHerAlone) {
  RoutingTable table(ThreeAgents());
  for (const char* agent : {"ann", "bob", "cid"}) table.SignIn(agent);
  const ContactId contact = table.Submit("support", Channel::kChat);
  table.Do(Accept{.contact = contact, .agent = kAnn});
  table.Do(Transfer{.contact = contact, .to_agent = kBob, .by = kAnn});
  const AgentHurdle hurdle = HurdleOf(table, contact, kCid);
  EXPECT_EQ(hurdle.kind, HurdleKind::kAskedAlone);
  EXPECT_EQ(hurdle.only, kBob);
}

TEST(ExplainHurdleTest, PreferredWaitTellsWhoIsAskedAndHowLong) {
  RoutingTable table(WithSupport([](Queue& q) { q.prefer_for = seconds{20}; }));
  for (const char* agent : {"ann", "bob"}) table.SignIn(agent);
  table.Do(Accept{.contact = table.Submit("support"), .agent = kAnn});
  const ContactId contact =
      table.Do(Submit{.channel = Channel::kVoice, .queue = kSupport, .prefer = kAnn}).contact;
  const AgentHurdle hurdle = HurdleOf(table, contact, kBob);
  EXPECT_EQ(hurdle.kind, HurdleKind::kPreferredWait);
  EXPECT_EQ(hurdle.only, kAnn);
  EXPECT_EQ(hurdle.ends, table.now + seconds{20});
}

TEST(ExplainHurdleTest, RetryWaitTellsItsEnd) {
  RoutingTable table(WithSupport([](Queue& q) { q.retry_after = seconds{8}; }));
  for (const char* agent : {"ann", "bob"}) table.SignIn(agent);
  const ContactId contact = table.Submit("support");
  table.Do(Reject{.contact = contact, .agent = kAnn});
  const AgentHurdle hurdle = HurdleOf(table, contact, kBob);
  EXPECT_EQ(hurdle.kind, HurdleKind::kRetryWait);
  EXPECT_EQ(hurdle.ends, table.now + seconds{8});
}

TEST(ExplainHurdleTest, AskedBeforeNamesWhoWasNot) {
  RoutingTable table(WithSupport([](Queue& q) { q.reject_delay = seconds{0}; }));
  for (const char* agent : {"ann", "bob"}) table.SignIn(agent);
  table.Do(Reject{.contact = table.Submit("support"), .agent = kAnn});
  const OfferExplanation offer = ExplainOffer(table, 1);
  EXPECT_EQ(offer.best, kBob);
  const AgentHurdle& hurdle = HurdleOf(offer.table, kAnn);
  EXPECT_EQ(hurdle.kind, HurdleKind::kAskedBefore);
  EXPECT_EQ(hurdle.asked_end, OfferEnd::kRejected);
  EXPECT_THAT(hurdle.fresh, ElementsAre(kBob));
}

TEST(ExplainHurdleTest, ABroadcastLeavesHigherTiersBehind) {
  Domain domain = WithSupport([](Queue& q) {
    q.strategy = Strategy::kBroadcast;
    q.broadcast = 0;
  });
  AgentIn(domain, "bob").queues[kSupport] = 1;
  RoutingTable table(domain);
  for (const char* agent : {"ann", "bob"}) table.SignIn(agent);
  const AgentHurdle hurdle = HurdleOf(table, table.Submit("support"), kBob);
  EXPECT_EQ(hurdle.kind, HurdleKind::kTierBehind);
  EXPECT_EQ(hurdle.tier, 1);
  EXPECT_EQ(hurdle.max_tier, 0);
}

// --- The comparison, strategy by strategy. Bob is idle for longer than ann, cid longest.

class ExplainStrategyTest : public ::testing::Test {
 protected:
  RoutingTable& Start(Domain domain) {
    table_.emplace(std::move(domain));
    for (const char* agent : {"cid", "bob", "ann"}) {
      table_->SignIn(agent);
      table_->Wait(seconds{1});
    }
    return *table_;
  }
  static Domain Using(Strategy strategy) {
    return WithSupport([&](Queue& q) { q.strategy = strategy; });
  }

  std::optional<RoutingTable> table_;
};

TEST_F(ExplainStrategyTest, LongestIdle) {
  Start(ThreeAgents()).Submit("support");
  const OfferExplanation offer = ExplainOffer(*table_);
  EXPECT_THAT(AgentsIn(offer.table), ElementsAre(kCid, kBob, kAnn));
  EXPECT_EQ(offer.decider, Decider::kIdleSince);
  EXPECT_EQ(offer.table.agents[0].rank->idle_since, table_->now - seconds{3});
  EXPECT_EQ(offer.best, kCid);
  EXPECT_EQ(offer.version, 1u);
  EXPECT_EQ(offer.deadline, table_->now + seconds{15});
}

TEST_F(ExplainStrategyTest, WhoHoldsNothingComesBeforeWhoIsIdleLonger) {
  Domain domain = ThreeAgents();
  AgentIn(domain, "cid").queues = {{kSales, 0}};
  Start(domain);
  table_->Submit("support", Channel::kChat);  // to bob
  table_->Submit("support", Channel::kChat);
  const OfferExplanation offer = ExplainOffer(*table_, 1);
  EXPECT_EQ(offer.best, kAnn);
  EXPECT_EQ(offer.decider, Decider::kHoldsNothing);
  EXPECT_TRUE(offer.table.agents[1].rank->holds);
}

TEST_F(ExplainStrategyTest, TheLowestTierComesFirst) {
  Domain domain = ThreeAgents();
  AgentIn(domain, "cid").queues[kSupport] = 1;
  AgentIn(domain, "bob").queues[kSupport] = 1;
  Start(domain).Submit("support");
  const OfferExplanation offer = ExplainOffer(*table_);
  EXPECT_EQ(offer.best, kAnn);
  EXPECT_EQ(offer.decider, Decider::kTier);
}

TEST_F(ExplainStrategyTest, EqualInAllTheIdDecides) {
  RoutingTable table(ThreeAgents());
  for (const char* agent : {"bob", "ann"}) table.SignIn(agent);
  table.Submit("support");
  const OfferExplanation offer = ExplainOffer(table);
  EXPECT_EQ(offer.best, kAnn);
  EXPECT_EQ(offer.decider, Decider::kId);
}

TEST_F(ExplainStrategyTest, ThePreferredAgentComesBeforeTier) {
  Domain domain = ThreeAgents();
  AgentIn(domain, "ann").queues[kSupport] = 3;
  Start(domain);
  table_->Do(Submit{.channel = Channel::kVoice, .queue = kSupport, .prefer = kAnn});
  const OfferExplanation offer = ExplainOffer(*table_);
  EXPECT_EQ(offer.best, kAnn);
  EXPECT_EQ(offer.way, OfferWay::kPreferred);
  EXPECT_EQ(offer.decider, Decider::kPreferred);
}

TEST_F(ExplainStrategyTest, RoundRobinComparesTheLastOffers) {
  Start(Using(Strategy::kRoundRobin));
  for (int i = 0; i < 3; ++i) table_->Submit("support", Channel::kChat);
  const OfferExplanation offer = ExplainOffer(*table_, 2);
  EXPECT_EQ(offer.best, kAnn);  // never offered
  EXPECT_EQ(ValueOf(offer, kAnn), (Fraction{0, 1}));
  EXPECT_EQ(ValueOf(offer, kBob), (Fraction{2, 1}));
  EXPECT_EQ(offer.decider, Decider::kStrategy);
}

TEST_F(ExplainStrategyTest, LeastLoadedComparesShares) {
  Start(Using(Strategy::kLeastLoaded));
  table_->Do(SignOut{kCid});
  for (int i = 0; i < 2; ++i) table_->Submit("support", Channel::kChat);
  table_->Do(Abandon{.contact = ContactId{1}});  // bob's
  table_->Submit("support", Channel::kChat);
  const OfferExplanation offer = ExplainOffer(*table_, 2);
  EXPECT_EQ(offer.best, kBob);
  EXPECT_EQ(ValueOf(offer, kAnn), (Fraction{1, 3}));
  EXPECT_EQ(ValueOf(offer, kBob), (Fraction{0, 3}));
}

TEST_F(ExplainStrategyTest, FewestContactsCountsTheDay) {
  Start(Using(Strategy::kFewestContacts));
  const ContactId first = table_->Submit("support", Channel::kChat);
  table_->Do(Accept{.contact = first, .agent = kCid});
  table_->Do(Complete{.contact = first, .agent = kCid});
  table_->Wait(minutes{1});
  table_->Submit("support", Channel::kChat);
  const OfferExplanation offer = ExplainOffer(*table_, 1);
  EXPECT_EQ(offer.best, kBob);
  EXPECT_EQ(ValueOf(offer, kCid), (Fraction{1, 1}));
}

TEST_F(ExplainStrategyTest, LeastBusyComparesShareOfTheTimeSignedIn) {
  Start(Using(Strategy::kLeastBusy));
  const ContactId first = table_->Submit("support", Channel::kChat);
  table_->Do(Accept{.contact = first, .agent = kCid});
  table_->Wait(seconds{7});
  table_->Do(Complete{.contact = first, .agent = kCid});
  table_->Submit("support", Channel::kChat);
  const OfferExplanation offer = ExplainOffer(*table_, 1);
  EXPECT_EQ(offer.best, kBob);
  EXPECT_EQ(ValueOf(offer, kCid), (Fraction{7'000, 10'000}));
}

TEST_F(ExplainStrategyTest, SkillsAddUp) {
  Domain domain = Using(Strategy::kBestSkill);
  QueueIn(domain, "support").requirement = "english and billing > 10";
  AgentIn(domain, "ann").skills = {{"english", 50}, {"billing", 30}};
  AgentIn(domain, "bob").skills = {{"english", 70}, {"billing", 20}};
  Start(domain).Submit("support");
  const OfferExplanation best = ExplainOffer(*table_);
  EXPECT_EQ(best.best, kBob);
  EXPECT_EQ(ValueOf(best, kBob), (Fraction{-90, 1}));
  QueueIn(domain, "support").strategy = Strategy::kLeastSkill;
  Start(domain).Submit("support");
  const OfferExplanation least = ExplainOffer(*table_);
  EXPECT_EQ(least.best, kAnn);
  EXPECT_EQ(ValueOf(least, kAnn), (Fraction{80, 1}));
}

TEST_F(ExplainStrategyTest, OrderedComparesThePlaceInTheFile) {
  Start(Using(Strategy::kOrdered)).Submit("support");
  const OfferExplanation offer = ExplainOffer(*table_);
  EXPECT_THAT(AgentsIn(offer.table), ElementsAre(kAnn, kBob, kCid));
  EXPECT_EQ(ValueOf(offer, kCid), (Fraction{2, 1}));
}

TEST_F(ExplainStrategyTest, RandomShowsTheDrawAndEachPart) {
  Domain domain = Using(Strategy::kRandom);
  AgentIn(domain, "cid").queues[kSupport] = 1;
  Start(domain).Submit("support");
  const OfferExplanation offer = ExplainOffer(*table_);
  ASSERT_TRUE(offer.draw);
  EXPECT_EQ(offer.draw->of, 2u);  // cid is of a higher tier
  EXPECT_EQ(offer.draw->point, offer.draw->value % 2);
  EXPECT_EQ(offer.best, offer.draw->point == 0 ? kAnn : kBob);
  EXPECT_EQ(offer.decider, Decider::kDraw);
  EXPECT_EQ(offer.table.agents[0].rank->draw_from, offer.draw->point);
  EXPECT_EQ(offer.table.agents[2].agent, kCid);
  EXPECT_EQ(offer.table.agents[2].rank->draw_width, 0u);
}

TEST_F(ExplainStrategyTest, WeightedRandomGivesLowerTiersWiderParts) {
  Domain domain = Using(Strategy::kWeightedRandom);
  AgentIn(domain, "cid").queues[kSupport] = 1;
  Start(domain).Submit("support");
  const OfferExplanation offer = ExplainOffer(*table_);
  ASSERT_TRUE(offer.draw);
  const std::uint64_t one = std::uint64_t{1} << 32;
  EXPECT_EQ(offer.draw->of, 2 * one + one / 2);
  for (const AgentStanding& standing : offer.table.agents) {
    EXPECT_EQ(standing.rank->draw_width, standing.agent == kCid ? one / 2 : one);
  }
}

TEST_F(ExplainStrategyTest, ATransferIsNamedAsSuch) {
  Start(ThreeAgents());
  const ContactId contact = table_->Submit("support", Channel::kChat);
  table_->Do(Accept{.contact = contact, .agent = kCid});
  table_->Do(Transfer{.contact = contact, .to_agent = kAnn, .by = kCid});
  const OfferExplanation offer = ExplainOffer(*table_, 1);
  EXPECT_EQ(offer.way, OfferWay::kTransfer);
  EXPECT_EQ(offer.decider, Decider::kTransfer);
  EXPECT_EQ(offer.best, kAnn);
}

TEST_F(ExplainStrategyTest, WhatStoodAheadIsListedWithItsHurdle) {
  Domain domain = ThreeAgents();
  AgentIn(domain, "ann").skills = {{"english", 20}};
  RoutingTable table(domain);
  const ContactId hard =
      table.Do(Submit{.channel = Channel::kVoice, .queue = kSupport, .requirement = "english > 50"})
          .contact;
  table.Submit("support");
  table.SignIn("ann");
  const OfferExplanation offer = ExplainOffer(table);
  EXPECT_EQ(offer.contact.contact, ContactId{2});
  ASSERT_EQ(offer.ahead.total, 1u);
  EXPECT_EQ(offer.ahead.contacts[0].contact, hard);
  EXPECT_EQ(offer.ahead.contacts[0].hurdle.kind, HurdleKind::kWrongSkill);
}

TEST_F(ExplainStrategyTest, AWrongStateIsSeen) {
  Start(ThreeAgents()).Submit("support");
  Engine later;
  for (const Event& event : table_->all) later.Evolve(event);
  const Offered& offered = std::get<Offered>(table_->all.back().body);
  const auto explained = later.ExplainOffer(offered, table_->now);  // after, not before
  ASSERT_TRUE(explained);
  EXPECT_NE(explained->best, offered.agent);
}

TEST_F(ExplainStrategyTest, LimitsShortenListsAndKeepCounts) {
  Start(ThreeAgents()).Submit("support");
  const OfferExplanation offer = ExplainOffer(*table_, 0, 1);
  EXPECT_THAT(AgentsIn(offer.table), ElementsAre(kCid));
  EXPECT_EQ(offer.table.candidates, 3u);
  EXPECT_EQ(offer.table.members, 3u);
}

// --- What the contact asks, and what ends its waiting.

TEST(ExplainContactTest, TellsWhatItRequiresPartByPart) {
  RoutingTable table(WithSupport([](Queue& q) {
    q.requirement = "english >= 50";
    q.steps = {{.at = seconds{5}, .requirement = "english", .max_tier = 1, .also = {kSales}}};
  }));
  const ContactId contact =
      table.Do(Submit{.channel = Channel::kVoice, .queue = kSupport, .requirement = "billing"})
          .contact;
  const ContactFacts before = table.engine.ExplainContact(contact, table.now)->contact;
  EXPECT_EQ(before.requirement, "english >= 50 and billing");
  EXPECT_EQ(before.queue_requirement, "english >= 50");
  EXPECT_EQ(before.requirement_step, 0u);
  EXPECT_EQ(before.max_tier, 0);
  table.Wait(seconds{5});
  const ContactFacts after = table.engine.ExplainContact(contact, table.now)->contact;
  EXPECT_EQ(after.requirement, "english and billing");
  EXPECT_EQ(after.requirement_step, 1u);
  EXPECT_EQ(after.own_requirement, "billing");
  EXPECT_EQ(after.max_tier, 1);
  EXPECT_THAT(after.also, ElementsAre(kSales));
  EXPECT_EQ(after.waited, seconds{5});
}

TEST(ExplainContactTest, AStepTellsWhomItAdds) {
  Domain domain = WithSupport([](Queue& q) {
    q.requirement = "english";
    q.steps = {{.at = seconds{20}, .requirement = ""}, {.at = seconds{60}, .give_up = true}};
  });
  AgentIn(domain, "ann").skills = {{"english", 50}};
  RoutingTable table(domain);
  for (const char* agent : {"ann", "bob", "cid"}) table.SignIn(agent);
  table.Do(Accept{.contact = table.Submit("support"), .agent = kAnn});
  const ContactId contact = table.Submit("support");
  const auto explained = table.engine.ExplainContact(contact, table.now);
  EXPECT_EQ(explained->why, Refusal::kNoRoom);
  ASSERT_GE(explained->ends.size(), 2u);
  EXPECT_EQ(explained->ends[0].kind, WaitEndKind::kStep);
  EXPECT_EQ(explained->ends[0].at, table.now + seconds{20});
  EXPECT_EQ(explained->ends[0].agents_added, 2u);
  EXPECT_EQ(explained->ends[0].agents_after, 3u);
  EXPECT_TRUE(explained->ends[1].gives_up);
  EXPECT_EQ(explained->ends[1].at, table.now + seconds{60});
}

TEST(ExplainContactTest, AnOverflowCountsTheAgentsOfTheOtherQueue) {
  Domain domain = SmallDomain();  // cid serves sales
  QueueIn(domain, "support").steps = {{.at = seconds{20}, .overflow = kSales}};
  RoutingTable table(domain);
  table.SignIn("cid");
  const ContactId contact = table.Submit("support");
  const auto explained = table.engine.ExplainContact(contact, table.now);
  const WaitEnd& step = EndOf(*explained, WaitEndKind::kStep);
  EXPECT_EQ(step.overflow, kSales);
  EXPECT_EQ(step.agents_added, 1u);
}

TEST(ExplainContactTest, RoomFreesWithTheWrapUp) {
  RoutingTable table(WithSupport([](Queue& q) { q.wrap_up = seconds{30}; }));
  table.SignIn("ann");
  const ContactId first = table.Submit("support");
  table.Do(Accept{.contact = first, .agent = kAnn});
  table.Do(Complete{.contact = first, .agent = kAnn});
  const ContactId contact = table.Submit("support");
  const auto explained = table.engine.ExplainContact(contact, table.now);
  const WaitEnd& end = EndOf(*explained, WaitEndKind::kRoomFrees);
  EXPECT_EQ(end.agent, kAnn);
  EXPECT_EQ(end.at, table.now + seconds{30});
  EXPECT_THAT(end.holdings, ElementsAre(Holding{first, Channel::kVoice, HoldingKind::kWrapping,
                                                table.now + seconds{30}}));
  EXPECT_EQ(EndOf(*explained, WaitEndKind::kSignsIn).agents, 2u);
}

TEST(ExplainContactTest, NobodyOfTheConfigurationCan) {
  RoutingTable table(WithSupport([](Queue& q) { q.requirement = "english"; }));
  table.SignIn("ann");
  const ContactId contact = table.Submit("support");
  const auto explained = table.engine.ExplainContact(contact, table.now);
  EXPECT_EQ(explained->why, Refusal::kWrongSkill);
  EXPECT_EQ(explained->table.could_serve, 0u);
  ASSERT_EQ(explained->ends.size(), 1u);
  EXPECT_EQ(explained->ends[0].kind, WaitEndKind::kNobodyCan);
}

TEST(ExplainContactTest, EveryTimedEndStandsAtItsInstant) {
  RoutingTable table(WithSupport([](Queue& q) {
    q.wait_limit = minutes{2};
    q.retry_after = seconds{8};
    q.prefer_for = seconds{40};
  }));
  for (const char* agent : {"ann", "bob"}) table.SignIn(agent);
  table.Do(Accept{.contact = table.Submit("support"), .agent = kAnn});
  const ContactId contact =
      table.Do(Submit{.channel = Channel::kVoice, .queue = kSupport, .prefer = kAnn}).contact;
  const auto hoping = table.engine.ExplainContact(contact, table.now);
  EXPECT_EQ(hoping->why, Refusal::kPreferredWait);
  EXPECT_EQ(EndOf(*hoping, WaitEndKind::kPreferredEnds).at, table.now + seconds{40});
  EXPECT_EQ(EndOf(*hoping, WaitEndKind::kPreferredEnds).agent, kAnn);
  EXPECT_EQ(EndOf(*hoping, WaitEndKind::kWaitLimit).at, table.now + minutes{2});
  table.Wait(seconds{40});
  table.Do(Reject{.contact = contact, .agent = kBob});
  const auto pausing = table.engine.ExplainContact(contact, table.now);
  EXPECT_EQ(pausing->why, Refusal::kRetryWait);
  EXPECT_EQ(EndOf(*pausing, WaitEndKind::kRetryEnds).at, table.now + seconds{8});
  EXPECT_EQ(EndOf(*pausing, WaitEndKind::kRejectDelayEnds).at, table.now + seconds{5});
  EXPECT_EQ(EndOf(*pausing, WaitEndKind::kRejectDelayEnds).then, HurdleKind::kRetryWait);
}

TEST(ExplainContactTest, OneOnHoldTellsWhenItWaitsAgain) {
  RoutingTable table(WithSupport([](Queue& q) { q.hold_limit = minutes{30}; }));
  table.SignIn("ann");
  const ContactId contact = table.Do(Submit{.channel = Channel::kChat, .queue = kSupport}).contact;
  table.Do(Accept{.contact = contact, .agent = kAnn});
  EXPECT_THAT(table.engine.ExplainContact(contact, table.now)->ends, ::testing::IsEmpty());
  table.Do(Hold{.contact = contact});
  const auto explained = table.engine.ExplainContact(contact, table.now);
  EXPECT_EQ(explained->why, Refusal::kNotWaiting);
  ASSERT_EQ(explained->ends.size(), 1u);
  EXPECT_EQ(explained->ends[0].kind, WaitEndKind::kHoldLimit);
  EXPECT_EQ(explained->ends[0].at, table.now + minutes{30});
  EXPECT_EQ(explained->ends[0].agent, kAnn);
}

TEST(ExplainContactTest, AScheduledOneTellsWhenItArrives) {
  RoutingTable table(ThreeAgents());
  const ContactId contact = table
                                .Do(Submit{.channel = Channel::kCallback,
                                           .queue = kSupport,
                                           .not_before = table.now + minutes{5}})
                                .contact;
  const auto explained = table.engine.ExplainContact(contact, table.now);
  EXPECT_EQ(explained->why, Refusal::kScheduled);
  ASSERT_EQ(explained->ends.size(), 1u);
  EXPECT_EQ(explained->ends[0].kind, WaitEndKind::kArrival);
  EXPECT_EQ(explained->ends[0].at, table.now + minutes{5});
}

TEST(ExplainContactTest, AProgressiveOfferTellsWhenOneMoreIsAsked) {
  RoutingTable table(WithSupport([](Queue& q) {
    q.strategy = Strategy::kProgressive;
    q.progressive = seconds{4};
  }));
  table.SignIn("ann");
  const ContactId contact = table.Submit("support");
  const Instant offered = table.now;
  table.Wait(seconds{5});
  const auto explained = table.engine.ExplainContact(contact, table.now);
  EXPECT_EQ(explained->why, Refusal::kOffered);
  EXPECT_EQ(EndOf(*explained, WaitEndKind::kOneMoreAsked).at, offered + seconds{8});
  EXPECT_EQ(EndOf(*explained, WaitEndKind::kOfferEnds).at, offered + seconds{15});
}

TEST(ExplainContactTest, WithAnAgentItTellsWhose) {
  RoutingTable table(ThreeAgents());
  table.SignIn("ann");
  const ContactId contact = table.Submit("support");
  table.Do(Accept{.contact = contact, .agent = kAnn});
  const auto explained = table.engine.ExplainContact(contact, table.now);
  EXPECT_EQ(explained->why, Refusal::kNotWaiting);
  EXPECT_EQ(explained->agent, kAnn);
  EXPECT_EQ(explained->position, 0u);
  EXPECT_EQ(explained->ends.size(), 0u);
  EXPECT_EQ(table.engine.ExplainContact(ContactId{99}, table.now), std::nullopt);
}

TEST(ExplainContactTest, AnswersForAnInstantAfterTheLastEvent) {
  RoutingTable table(ThreeAgents());
  table.SignIn("ann");
  const ContactId contact = table.Submit("support");
  table.Do(Reject{.contact = contact, .agent = kAnn});
  EXPECT_EQ(table.engine.ExplainContact(contact, table.now + seconds{4})->why,
            Refusal::kRejectDelay);
  // Nothing has told this engine yet that the delay is over; the explanation knows.
  const auto later = table.engine.ExplainContact(contact, table.now + seconds{5});
  EXPECT_EQ(later->table.candidates, 1u);
}

// --- Idle agents.

TEST(ExplainAgentTest, ListsWhatWaitsAndWhyItIsNotHers) {
  Domain domain = ThreeAgents();
  AgentIn(domain, "ann").queues[kSales] = 1;
  QueueIn(domain, "sales").steps = {{.at = minutes{5}, .max_tier = 1}};
  AgentIn(domain, "cid").queues = {{kSales, 0}};
  RoutingTable table(domain);
  for (const char* agent : {"ann", "cid"}) table.SignIn(agent);
  table.Do(SetPresence{kCid, Presence::kNotReady, "break"});  // else the step is skipped to
  table.Do(Submit{.channel = Channel::kVoice, .queue = kSupport, .requirement = "english"});
  table.Do(Submit{.channel = Channel::kVoice, .queue = kSales});
  table.Do(
      Submit{.channel = Channel::kVoice, .queue = kSales, .priority = 1, .requirement = "billing"});
  const auto explained = table.engine.ExplainAgent(kAnn, table.now);
  EXPECT_EQ(explained->why, Refusal::kTierClosed);
  EXPECT_EQ(explained->waiting.total, 3u);
  EXPECT_THAT(explained->waiting.counts,
              ElementsAre(Pair(HurdleKind::kWrongSkill, 2u), Pair(HurdleKind::kTierClosed, 1u)));
  ASSERT_EQ(explained->waiting.contacts.size(), 3u);
  EXPECT_EQ(explained->waiting.contacts[0].contact, ContactId{3});  // the order of law 1
  EXPECT_EQ(explained->waiting.contacts[1].contact, ContactId{1});
  EXPECT_EQ(explained->waiting.contacts[2].hurdle.kind, HurdleKind::kTierClosed);
  EXPECT_EQ(table.engine.ExplainAgent(kAnn, table.now, 1)->waiting.contacts.size(), 1u);
  EXPECT_EQ(table.engine.ExplainAgent(kAnn, table.now, 1)->waiting.total, 3u);
}

TEST(ExplainAgentTest, MeetsContactsThatAStepBroughtToHerQueue) {
  Domain domain = SmallDomain();
  QueueIn(domain, "support").steps = {{.at = seconds{5}, .also = {kSales}}};
  AgentIn(domain, "cid").channels = {};
  AgentIn(domain, "cid").channels.Add(Channel::kChat);
  RoutingTable table(domain);
  for (const char* agent : {"cid", "ann"}) table.SignIn(agent);
  table.Do(SetPresence{kAnn, Presence::kNotReady, "break"});
  table.Submit("support");
  EXPECT_EQ(table.engine.ExplainAgent(kCid, table.now)->why, Refusal::kNoContacts);
  table.Wait(seconds{5});
  const auto explained = table.engine.ExplainAgent(kCid, table.now);
  EXPECT_EQ(explained->why, Refusal::kWrongChannel);
  EXPECT_EQ(explained->waiting.total, 1u);
}

TEST(ExplainAgentTest, TellsOfOffersWorkAndPresence) {
  RoutingTable table(ThreeAgents());
  table.SignIn("ann");
  const ContactId contact = table.Submit("support", Channel::kChat);
  const auto explained = table.engine.ExplainAgent(kAnn, table.now);
  EXPECT_EQ(explained->why, Refusal::kNoContacts);
  EXPECT_EQ(explained->waiting.offered, 1u);
  EXPECT_EQ(explained->holdings[0].contact, contact);
  EXPECT_EQ(explained->presence, Presence::kAvailable);
  EXPECT_EQ(table.engine.ExplainAgent(AgentId{"nobody"}, table.now), std::nullopt);
}

}  // namespace
}  // namespace usher::engine
