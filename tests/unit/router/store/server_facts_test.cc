// SPDX-License-Identifier: Apache-2.0
#include "router/store/server_facts.h"

#include <string>

#include <gtest/gtest.h>

namespace usher::store {
namespace {

constexpr const char* kInfo =
    "# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\n\r\n"
    "# Replication\r\nrole:master\r\nconnected_slaves:2\r\n"
    "slave0:ip=10.0.0.2,port=6379,state=online,offset=98,lag=1\r\n"
    "slave1:ip=10.0.0.3,port=6379,state=online,offset=14,lag=7\r\nmaster_replid:def\r\n"
    "# Persistence\r\nloading:0\r\naof_enabled:1\r\n"
    "# Memory\r\nmaxmemory_policy:noeviction\r\n";

TEST(ServerFactsTest, AreReadFromInfo) {
  const ServerFacts facts = ParseServerFacts(kInfo);
  EXPECT_EQ(facts.version, "7.0.15");
  EXPECT_EQ(facts.run_id, "abc");
  EXPECT_EQ(facts.replication_id, "def");
  EXPECT_EQ(facts.role, "master");
  EXPECT_EQ(facts.eviction_policy, "noeviction");
  EXPECT_EQ(facts.replicas, 2u);
  EXPECT_EQ(facts.replicas_in_step, 1u);
  EXPECT_TRUE(facts.append_only);
  EXPECT_FALSE(facts.loading);
  EXPECT_TRUE(CheckServerFacts(facts, "here").ok());
}

struct Unfit {
  const char* what;
  void (*spoil)(ServerFacts&);
  const char* reason;
  const char* remedy;
};

class UnfitServerTest : public testing::TestWithParam<Unfit> {};

TEST_P(UnfitServerTest, IsRefusedWithTheRemedy) {
  ServerFacts facts = ParseServerFacts(kInfo);
  GetParam().spoil(facts);
  const Result<void> fit = CheckServerFacts(facts, "127.0.0.1:6379");
  ASSERT_FALSE(fit.ok());
  EXPECT_EQ(fit.error().reason, GetParam().reason);
  EXPECT_NE(fit.error().message.find("127.0.0.1:6379"), std::string::npos);
  EXPECT_NE(fit.error().next_step.find(GetParam().remedy), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    All, UnfitServerTest,
    testing::Values(
        Unfit{"Old", [](ServerFacts& f) { f.version = "6.2.14"; }, "REDIS_VERSION_TOO_OLD", "7.0"},
        Unfit{"NoVersion", [](ServerFacts& f) { f.version.clear(); }, "REDIS_VERSION_TOO_OLD",
              "7.0"},
        Unfit{"Replica", [](ServerFacts& f) { f.role = "slave"; }, "REDIS_IS_REPLICA", "master"},
        Unfit{"Forgets", [](ServerFacts& f) { f.append_only = false; }, "REDIS_APPENDONLY_OFF",
              "CONFIG SET appendonly yes"},
        Unfit{"Evicts", [](ServerFacts& f) { f.eviction_policy = "allkeys-lru"; }, "REDIS_EVICTS",
              "CONFIG SET maxmemory-policy noeviction"}),
    [](const auto& info) { return info.param.what; });

TEST(ServerFactsTest, AReplicaThatIsBeingFilledIsNotInStep) {
  EXPECT_EQ(ParseServerFacts("slave0:ip=h,port=1,state=wait_bgsave,offset=0,lag=0\r\n"
                             "slave_read_only:1\r\nslave_priority:100\r\n")
                .replicas_in_step,
            0u);
}

TEST(ServerFactsTest, NewerMajorVersionsAreFine) {
  ServerFacts facts = ParseServerFacts(kInfo);
  facts.version = "10.1.0";
  EXPECT_TRUE(CheckServerFacts(facts, "here").ok());
}

}  // namespace
}  // namespace usher::store
