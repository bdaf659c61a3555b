// SPDX-License-Identifier: Apache-2.0
#include "router/store/key_walk.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/integration/store/redis_cluster.h"
#include "tests/integration/store/store_fixture.h"

namespace usher::store {
namespace {

Patience Patient() { return {std::chrono::steady_clock::now() + kPatience}; }

std::unique_ptr<KeyWalk> OpenWalk(const RedisTarget& target) {
  Result<std::unique_ptr<KeyWalk>> walk = KeyWalk::Open(AsAclUser(target, kAuditor), Patient());
  EXPECT_TRUE(walk.ok()) << walk.error().message;
  return walk.ok() ? *std::move(walk) : nullptr;
}

std::set<std::string> KeysFound(KeyWalk& walk, const std::string& pattern) {
  std::set<std::string> found;
  const Result<void> walked =
      walk.Walk(pattern, [&](std::span<const std::string> keys) -> Result<void> {
        found.insert(keys.begin(), keys.end());
        return {};
      });
  EXPECT_TRUE(walked.ok()) << walked.error().message;
  return found;
}

class KeyWalkTest : public StoreTest {};

TEST_F(KeyWalkTest, FindsEveryKeyOfADomainAndNoOthers) {
  WaitingClient redis(redis_->address());
  std::set<std::string> own;
  std::set<std::string> owners;
  for (int i = 0; i < 2'000; ++i) {
    const std::string number = std::to_string(i);
    own.insert("usher:{acme}:contact:" + number);
    owners.insert("usher:{acme/cu_" + number + "}:record");
  }
  std::vector<std::string> set = {"MSET", "usher:{acme2}:lease", "x", "other:{acme}:log", "x"};
  for (const std::set<std::string>* const keys : {&own, &owners}) {
    for (const std::string& key : *keys) set.insert(set.end(), {key, "x"});
  }
  ASSERT_EQ(redis.Call(set).text(), "OK");

  const auto walk = OpenWalk(ToTarget(redis_->address()));
  ASSERT_NE(walk, nullptr);
  EXPECT_EQ(KeysFound(*walk, PatternOfDomain(DomainId{"acme"})), own);
  EXPECT_EQ(KeysFound(*walk, PatternOfOwners(DomainId{"acme"})), owners);
  EXPECT_EQ(*walk->FindDomains(), std::vector{DomainId{"acme2"}});
}

TEST_F(KeyWalkTest, AnswersManyCallsInTheirOrder) {
  WaitingClient redis(redis_->address());
  std::vector<KeyWalk::Words> gets;
  for (int i = 0; i < 1'000; ++i) {
    const std::string key = "usher:{acme}:" + std::to_string(i);
    redis.Call({"SET", key, std::to_string(i)});
    gets.push_back({"GET", key});
  }
  const auto walk = OpenWalk(ToTarget(redis_->address()));
  ASSERT_NE(walk, nullptr);
  const Result<std::vector<RedisReply>> replies = walk->CallAll(gets, "reading");
  ASSERT_TRUE(replies.ok());
  ASSERT_EQ(replies->size(), gets.size());
  for (std::size_t i = 0; i < gets.size(); ++i) {
    EXPECT_EQ((*replies)[i].text(), std::to_string(i));
  }
}

TEST_F(KeyWalkTest, EndsWhereItsTakerFails) {
  WaitingClient redis(redis_->address());
  redis.Call({"SET", "usher:{acme}:a", "x"});
  const auto walk = OpenWalk(ToTarget(redis_->address()));
  ASSERT_NE(walk, nullptr);
  const Result<void> walked =
      walk->Walk("usher:*", [](std::span<const std::string>) -> Result<void> {
        return Error{Code::kDataLoss, "MINE", "enough", ""};
      });
  ASSERT_FALSE(walked.ok());
  EXPECT_EQ(walked.error().reason, "MINE");
}

TEST_F(KeyWalkTest, SaysWhyItCannotRun) {
  const Result<std::unique_ptr<KeyWalk>> nobody = KeyWalk::Open(
      *ParseRedisTarget("unix:/nowhere/redis.sock"), {std::chrono::steady_clock::now()});
  ASSERT_FALSE(nobody.ok());
  EXPECT_EQ(nobody.error().reason, "REDIS_UNREACHABLE");

  // The user that routes may not list keys.
  Result<std::unique_ptr<KeyWalk>> walk =
      KeyWalk::Open(AsAclUser(ToTarget(redis_->address())), Patient());
  ASSERT_TRUE(walk.ok());
  const auto domains = (*walk)->FindDomains();
  ASSERT_FALSE(domains.ok());
  EXPECT_EQ(domains.error().reason, "REDIS_NO_PERMISSION");
}

TEST_F(KeyWalkTest, TheAuditorMayChangeNothing) {
  WaitingClient redis(redis_->address());
  redis.Call({"SET", "usher:{acme}:a", "x"});
  const auto walk = OpenWalk(ToTarget(redis_->address()));
  ASSERT_NE(walk, nullptr);
  for (const KeyWalk::Words& words : std::vector<KeyWalk::Words>{
           {"SET", "usher:{acme}:a", "y"}, {"DEL", "usher:{acme}:a"}, {"GET", "other"}}) {
    const Result<RedisReply> reply = walk->Call(words, "mischief");
    ASSERT_FALSE(reply.ok()) << words[0];
    EXPECT_EQ(reply.error().reason, "REDIS_NO_PERMISSION") << words[0];
  }
}

TEST(KeyWalkInAClusterTest, GoesThroughEveryNode) {
  TempDir dir;
  RedisCluster cluster({.dir = dir.path(), .server_arguments = {}});
  std::set<std::string> put;
  for (int i = 0; i < 60; ++i) {
    const std::string key = "usher:{acme/cu_" + std::to_string(i) + "}:record";
    cluster.client(cluster.NodeOf(key)).Call({"SET", key, "x"});
    put.insert(key);
  }
  const std::string lease = "usher:{acme}:lease";
  cluster.client(cluster.NodeOf(lease)).Call({"HSET", lease, "seq", "0"});

  Result<std::unique_ptr<KeyWalk>> walk = KeyWalk::Open(cluster.Target(), Patient());
  ASSERT_TRUE(walk.ok()) << walk.error().message;
  EXPECT_EQ(KeysFound(**walk, PatternOfOwners(DomainId{"acme"})), put);
  EXPECT_EQ(*(*walk)->FindDomains(), std::vector{DomainId{"acme"}});
  std::vector<KeyWalk::Words> gets;
  for (const std::string& key : put) gets.push_back({"GET", key});
  const Result<std::vector<RedisReply>> values = (*walk)->CallAll(gets, "reading");
  ASSERT_TRUE(values.ok()) << values.error().message;
  EXPECT_TRUE(
      std::ranges::all_of(*values, [](const RedisReply& value) { return value.text() == "x"; }));
}

}  // namespace
}  // namespace usher::store
