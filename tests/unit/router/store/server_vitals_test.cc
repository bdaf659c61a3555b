// SPDX-License-Identifier: Apache-2.0
#include "router/store/server_vitals.h"

#include <gtest/gtest.h>

namespace usher::store {
namespace {

constexpr const char* kInfo =
    "# Memory\r\nused_memory:1048576\r\nused_memory_human:1.00M\r\nused_memory_rss:9000000\r\n"
    "total_system_memory:8000000000\r\nmaxmemory:2097152\r\nmaxmemory_policy:noeviction\r\n"
    "# Persistence\r\nrdb_last_bgsave_status:ok\r\naof_last_bgrewrite_status:ok\r\n"
    "aof_last_write_status:err\r\naof_delayed_fsync:7\r\n"
    "# Replication\r\nrole:master\r\nconnected_slaves:2\r\n"
    "slave0:ip=10.0.0.2,port=6379,state=online,offset=98,lag=1\r\n"
    "slave1:ip=10.0.0.3,port=6379,state=online,offset=14,lag=7\r\n";

TEST(ServerVitalsTest, AreReadFromInfo) {
  const ServerVitals vitals = ParseServerVitals(kInfo);
  EXPECT_EQ(vitals.used_memory, 1'048'576u);
  EXPECT_EQ(vitals.maxmemory, 2'097'152u);
  EXPECT_EQ(vitals.system_memory, 8'000'000'000u);
  EXPECT_EQ(vitals.delayed_fsyncs, 7u);
  EXPECT_FALSE(vitals.append_ok);
  EXPECT_TRUE(vitals.rewrite_ok);
  EXPECT_EQ(vitals.replicas, 2u);
  EXPECT_EQ(vitals.replicas_in_step, 1u);
}

TEST(ServerVitalsTest, EitherFailedCopyOfTheFileCounts) {
  EXPECT_FALSE(ParseServerVitals("rdb_last_bgsave_status:err\r\n").rewrite_ok);
  EXPECT_FALSE(ParseServerVitals("aof_last_bgrewrite_status:err\r\n").rewrite_ok);
  EXPECT_TRUE(ParseServerVitals("").rewrite_ok);
}

TEST(ServerVitalsTest, WithoutMaxmemoryTheMachineIsTheLimit) {
  EXPECT_EQ((ServerVitals{.maxmemory = 100, .system_memory = 4'000}).limit(), 100u);
  EXPECT_EQ((ServerVitals{.maxmemory = 0, .system_memory = 4'000}).limit(), 3'000u);
  EXPECT_EQ(ServerVitals{}.limit(), 0u);
}

}  // namespace
}  // namespace usher::store
