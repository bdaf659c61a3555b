// SPDX-License-Identifier: Apache-2.0
#include "router/store/redis_address.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::store {
namespace {

TEST(RedisAddressTest, ReadsSocketsNamesAndAddresses) {
  EXPECT_EQ(ParseRedisAddress("unix:/run/r.sock")->unix_path, "/run/r.sock");
  EXPECT_EQ(ParseRedisAddress("redis.internal")->host, "redis.internal");
  EXPECT_EQ(ParseRedisAddress("redis.internal")->port, 6379);
  EXPECT_EQ(ParseRedisAddress("127.0.0.1:7001")->port, 7001);
  EXPECT_EQ(ParseRedisAddress("[::1]:7001")->host, "::1");
  EXPECT_EQ(ParseRedisAddress("[::1]")->port, 6379);
}

TEST(RedisAddressTest, WritesWhatItReads) {
  for (const std::string text : {"unix:/run/r.sock", "127.0.0.1:7001", "[::1]:7001"}) {
    EXPECT_EQ(ToText(*ParseRedisAddress(text)), text);
  }
}

TEST(RedisAddressTest, RefusesTheRestAndNamesIt) {
  for (const std::string text : {"", "unix:relative", ":6379", "host:", "host:0", "host:65536",
                                 "host:12x", "[::1", "redis://host", "user:pw@host"}) {
    const Result<RedisAddress> address = ParseRedisAddress(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(address.error().reason, "REDIS_ADDRESS");
    EXPECT_NE(address.error().message.find('"' + text + '"'), std::string::npos);
  }
}

}  // namespace
}  // namespace usher::store
