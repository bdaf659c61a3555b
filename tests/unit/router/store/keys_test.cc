// SPDX-License-Identifier: Apache-2.0
#include "router/store/keys.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace usher::store {
namespace {

TEST(KeysTest, ShareTheHashTagOfTheirDomain) {
  const Keys keys(DomainId{"acme"});
  EXPECT_EQ(keys.Log(), "usher:{acme}:log");
  EXPECT_EQ(keys.Queue(QueueId{"billing"}), "usher:{acme}:queue:billing");
  EXPECT_EQ(keys.Contact(ContactId{42}), "usher:{acme}:contact:42");
  EXPECT_EQ(keys.Agent(AgentId{"ann"}), "usher:{acme}:agent:ann");
  for (const std::string& key : {keys.Lease(), keys.Alive(), keys.Config(), keys.Domain(),
                                 keys.Queues(), keys.Away(), keys.Agents(), keys.Parked()}) {
    EXPECT_TRUE(key.starts_with("usher:{acme}:")) << key;
  }
}

TEST(QueueMemberTest, SortsAsTextLikeTheOrderOfLaw1) {
  std::vector<engine::OrderKey> keys;
  for (const std::int32_t priority : {std::numeric_limits<std::int32_t>::min(), -1, 0, 1, 7, 16,
                                      std::numeric_limits<std::int32_t>::max()}) {
    for (const std::int64_t due : {std::int64_t{-5'000}, std::int64_t{0}, std::int64_t{999},
                                   std::int64_t{1'763'755'200'000}}) {
      for (const std::uint64_t sequence : {1u, 2u, 10u, 255u, 70'000u}) {
        keys.push_back({priority, InstantFromUnixMs(due), sequence});
      }
    }
  }
  std::ranges::sort(keys);
  std::vector<std::string> members;
  for (const engine::OrderKey& key : keys) members.push_back(QueueMember(key, ContactId{3}));
  EXPECT_TRUE(std::ranges::is_sorted(members));
  EXPECT_EQ(std::ranges::adjacent_find(members), members.end());
}

TEST(QueueMemberTest, EndsInItsContact) {
  const std::string member = QueueMember({5, InstantFromUnixMs(12'345), 42}, ContactId{1'234'567});
  EXPECT_TRUE(member.ends_with(":1234567"));
  EXPECT_EQ(ContactOfMember(member), ContactId{1'234'567});
}

TEST(QueueMemberTest, HoldsInstantsBeyondItsWidthAtTheBound) {
  const std::string never = QueueMember({0, kNever, 1}, ContactId{1});
  const std::string late = QueueMember({0, InstantFromUnixMs(4'000'000'000'000), 1}, ContactId{1});
  EXPECT_EQ(never.size(), late.size());
  EXPECT_LT(late, never);
}

TEST(QueueMemberTest, OtherTextsNameNoContact) {
  const std::string member = QueueMember({5, InstantFromUnixMs(12'345), 42}, ContactId{7});
  EXPECT_FALSE(ContactOfMember("").has_value());
  EXPECT_FALSE(ContactOfMember("7").has_value());
  EXPECT_FALSE(ContactOfMember(member.substr(0, member.size() - 1)).has_value());
  EXPECT_FALSE(ContactOfMember(member + "x").has_value());
}

}  // namespace
}  // namespace usher::store
