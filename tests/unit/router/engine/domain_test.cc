// SPDX-License-Identifier: Apache-2.0
#include "router/engine/domain.h"

#include <set>

#include <gtest/gtest.h>

namespace usher::engine {
namespace {

// Fails where a struct gives one tag or one name to two fields.
struct TagsAreUnique {
  std::set<int> tags;
  std::set<std::string> names;
  template <class Field>
  void operator()(int tag, const char* name, const Field&) {
    EXPECT_TRUE(tags.insert(tag).second) << "tag " << tag << " of " << name << " is taken";
    EXPECT_TRUE(names.insert(name).second) << name << " stands twice";
  }
};

template <class Struct>
std::size_t CountFields() {
  const Struct value{};
  TagsAreUnique unique;
  Struct::VisitFields(value, unique);
  return unique.tags.size();
}

TEST(DomainTest, EveryStructNumbersItsFieldsOnce) {
  EXPECT_EQ(CountFields<ChannelSet>(), 1u);
  EXPECT_EQ(CountFields<ServiceLevel>(), 3u);
  EXPECT_EQ(CountFields<MissedOffers>(), 4u);
  EXPECT_EQ(CountFields<WhenEmpty>(), 3u);
  EXPECT_EQ(CountFields<Step>(), 9u);
  EXPECT_EQ(CountFields<Queue>(), 26u);
  EXPECT_EQ(CountFields<ChannelCapacity>(), 3u);
  EXPECT_EQ(CountFields<Profile>(), 3u);
  EXPECT_EQ(CountFields<Agent>(), 7u);
  EXPECT_EQ(CountFields<Rule>(), 10u);
  EXPECT_EQ(CountFields<Hours>(), 3u);
  EXPECT_EQ(CountFields<TimeZone>(), 3u);
  EXPECT_EQ(CountFields<Domain>(), 16u);
  EXPECT_EQ(CountFields<QuickResponse>(), 6u);
}

TEST(DomainTest, DefaultsAreThoseOfTheRoutingSemantics) {
  using std::chrono::seconds;
  const Queue queue;
  EXPECT_EQ(queue.strategy, Strategy::kLongestIdle);
  EXPECT_EQ(queue.service_level.within, seconds{20});
  EXPECT_EQ(queue.priority, 0);
  EXPECT_EQ(queue.head_start, seconds{0});
  EXPECT_EQ(queue.offer_timeout, seconds{15});
  EXPECT_EQ(queue.retry_after, seconds{0});
  EXPECT_EQ(queue.reject_delay, seconds{5});
  EXPECT_EQ(queue.missed_offers.limit, 1);
  EXPECT_EQ(queue.missed_offers.then, AfterMisses::kNotReady);
  EXPECT_EQ(queue.missed_offers.breaker_agents, 5);
  EXPECT_EQ(queue.missed_offers.breaker_within, seconds{60});
  EXPECT_EQ(queue.wrap_up, seconds{0});
  EXPECT_FALSE(queue.max_waiting.has_value());
  EXPECT_FALSE(queue.wait_limit.has_value());
  EXPECT_TRUE(queue.hours.empty());
  EXPECT_EQ(queue.when_empty.then, EmptyAction::kKeep);
  EXPECT_EQ(queue.prefer_for, seconds{0});
  EXPECT_EQ(queue.broadcast, 1);
  EXPECT_EQ(queue.progressive, seconds{10});
  EXPECT_EQ(queue.max_transfers, 2);
  EXPECT_EQ(queue.channels, ChannelSet::All());
  EXPECT_EQ(Domain{}.disconnect_grace, seconds{30});
}

TEST(DomainTest, ChannelsAndStrategiesAreFoundByTheNamesTheyPrint) {
  for (const Channel channel : kChannels) EXPECT_EQ(FindChannel(ToString(channel)), channel);
  for (int i = 0; i < kStrategyCount; ++i) {
    const auto strategy = static_cast<Strategy>(i);
    EXPECT_EQ(FindStrategy(ToString(strategy)), strategy);
  }
  EXPECT_FALSE(FindChannel("fax").has_value());
  EXPECT_FALSE(FindStrategy("longest_idle").has_value());
}

TEST(DomainTest, ASetOfChannelsHasWhatWasAdded) {
  ChannelSet channels;
  EXPECT_TRUE(channels.empty());
  channels.Add(Channel::kTask);
  EXPECT_TRUE(channels.Has(Channel::kTask));
  EXPECT_FALSE(channels.Has(Channel::kVoice));
  for (const Channel channel : kChannels) EXPECT_TRUE(ChannelSet::All().Has(channel));
}

TEST(DomainTest, FindMissesWhatIsNotThere) {
  Domain domain;
  domain.queues.resize(1);
  domain.queues[0].id = QueueId{"support"};
  EXPECT_EQ(domain.FindQueue(QueueId{"support"}), &domain.queues[0]);
  EXPECT_EQ(domain.FindQueue(QueueId{"sales"}), nullptr);
}

}  // namespace
}  // namespace usher::engine
