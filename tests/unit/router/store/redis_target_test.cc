// SPDX-License-Identifier: Apache-2.0
#include "router/store/redis_target.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::store {
namespace {

using Kind = RedisTarget::Kind;

TEST(RedisTargetTest, ReadsASingleServerWithAndWithoutTls) {
  EXPECT_EQ(ParseRedisTarget("unix:/run/r.sock")->addresses.front().unix_path, "/run/r.sock");
  EXPECT_EQ(ParseRedisTarget("redis.internal:7001")->addresses.front().port, 7001);
  EXPECT_FALSE(ParseRedisTarget("redis://redis.internal")->tls);
  const Result<RedisTarget> tls = ParseRedisTarget("rediss://redis.internal:7001");
  EXPECT_TRUE(tls->tls);
  EXPECT_EQ(tls->kind, Kind::kServer);
  EXPECT_EQ(tls->addresses.front().host, "redis.internal");
}

TEST(RedisTargetTest, ReadsSentinels) {
  const Result<RedisTarget> target = ParseRedisTarget("sentinel://s1,s2:7001,[::1]/contacts");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->kind, Kind::kSentinel);
  EXPECT_EQ(target->primary, "contacts");
  ASSERT_EQ(target->addresses.size(), 3u);
  EXPECT_EQ(target->addresses[0].port, 26'379);
  EXPECT_EQ(target->addresses[1].port, 7'001);
  EXPECT_EQ(target->addresses[2].host, "::1");
  EXPECT_EQ(target->addresses[2].port, 26'379);
  EXPECT_TRUE(ParseRedisTarget("sentinel+tls://s1/m")->tls);
}

TEST(RedisTargetTest, ReadsNodesOfACluster) {
  const Result<RedisTarget> target = ParseRedisTarget("cluster://n1,n2:7001");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->kind, Kind::kCluster);
  EXPECT_EQ(target->addresses[0].port, 6'379);
  EXPECT_EQ(target->addresses[1].port, 7'001);
  EXPECT_TRUE(ParseRedisTarget("cluster+tls://n1")->tls);
}

TEST(RedisTargetTest, WritesWhatItReads) {
  for (const std::string text :
       {"unix:/run/r.sock", "127.0.0.1:7001", "rediss://r:1", "sentinel://s1:1,s2:2/m",
        "sentinel+tls://s1:1/m", "cluster://n1:1,n2:2", "cluster+tls://n1:1"}) {
    EXPECT_EQ(ToText(*ParseRedisTarget(text)), text);
  }
}

TEST(RedisTargetTest, RefusesTheRestAndSaysHowToWriteIt) {
  for (const std::string text :
       {"sentinel://s1", "sentinel://s1/", "sentinel:///m", "sentinel://s1,/m", "sentinel://s1/a b",
        "cluster://", "cluster://n1,,n2", "cluster://unix:/r.sock", "rediss://unix:/r.sock",
        "rediss://", "http://redis"}) {
    const Result<RedisTarget> target = ParseRedisTarget(text);
    ASSERT_FALSE(target.ok()) << text;
    EXPECT_EQ(target.error().reason, "REDIS_ADDRESS");
    EXPECT_NE(target.error().message.find('"' + text + '"'), std::string::npos);
    EXPECT_NE(target.error().next_step.find("write "), std::string::npos);
  }
}

TEST(RedisTargetTest, GivesItsServersAndItsSentinelsTheirOwnLogins) {
  RedisTarget target = *ParseRedisTarget("sentinel+tls://s1/m");
  target.user = "usher";
  target.password = "one";
  target.sentinel_user = "watcher";
  target.sentinel_password = "two";
  target.tls->ca_file = "ca.pem";
  const RedisAddress server = WithAccess(RedisAddress{.host = "db"}, target);
  EXPECT_EQ(server.user, "usher");
  EXPECT_EQ(server.password, "one");
  EXPECT_EQ(server.tls->ca_file, "ca.pem");
  const RedisAddress sentinel = WithSentinelAccess(target.addresses.front(), target);
  EXPECT_EQ(sentinel.user, "watcher");
  EXPECT_EQ(sentinel.password, "two");
  EXPECT_EQ(sentinel.tls->ca_file, "ca.pem");
}

}  // namespace
}  // namespace usher::store
