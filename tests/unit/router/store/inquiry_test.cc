// SPDX-License-Identifier: Apache-2.0
#include "router/store/inquiry.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace usher::store {
namespace {

RedisReply Text(const std::string& text) { return RedisReply::Text(text); }

// A Sentinel that names the primary at `port` and has seen failovers up to `epoch`.
InquiryAnswer Names(int port, int epoch) {
  return {{},
          {RedisReply::Array({Text("10.0.0.1"), Text(std::to_string(port))}),
           RedisReply::Array({Text("name"), Text("contacts"), Text("config-epoch"),
                              Text(std::to_string(epoch))})}};
}

InquiryAnswer KnowsNone() {
  return {{}, {RedisReply(), RedisReply::ErrorText("ERR No such master with that name")}};
}

class SentinelInquiryTest : public testing::Test {
 protected:
  SentinelInquiryTest() {
    RedisTarget target = *ParseRedisTarget("sentinel://s1,s2,s3/contacts");
    target.user = "usher";
    inquiry_ = SentinelInquiry(target);
  }
  Result<Finding> Judge(const std::vector<InquiryAnswer>& answers) const {
    return inquiry_.judge(answers, 3);
  }
  static std::uint16_t PortOf(const Result<Finding>& finding) {
    return finding.ok() ? finding->servers.Find(0)->port : std::uint16_t{0};
  }

  Inquiry inquiry_;
};

TEST_F(SentinelInquiryTest, TakesWhatMostOfThemName) {
  const Result<Finding> finding = Judge({Names(7001, 4), Names(7001, 4)});
  EXPECT_EQ(PortOf(finding), 7001);
  EXPECT_EQ(finding->servers.Find(16'383)->user, "usher");
}

TEST_F(SentinelInquiryTest, BelievesTheOneThatHasSeenTheLatestFailover) {
  EXPECT_EQ(PortOf(Judge({Names(7001, 4), Names(7002, 5), Names(7001, 4)})), 7002);
  EXPECT_EQ(PortOf(Judge({Names(7002, 5), Names(7001, 4)})), 7002);
}

TEST_F(SentinelInquiryTest, AMinorityIsNotBelieved) {
  EXPECT_EQ(Judge({Names(7001, 9)}).error().reason, "SENTINELS_UNREACHABLE");
  EXPECT_EQ(Judge({}).error().reason, "SENTINELS_UNREACHABLE");
  EXPECT_EQ(Judge({}).error().code, Code::kUnavailable);
}

TEST_F(SentinelInquiryTest, TwoPrimariesOfOneEpochAreNone) {
  EXPECT_EQ(Judge({Names(7001, 4), Names(7002, 4)}).error().reason, "SENTINELS_DISAGREE");
  EXPECT_EQ(PortOf(Judge({Names(7001, 4), Names(7002, 4), Names(7003, 5)})), 7003);
}

TEST_F(SentinelInquiryTest, ANameThatNobodyKnowsHasToBeMended) {
  const Result<Finding> finding = Judge({KnowsNone(), KnowsNone(), Names(7001, 1)});
  ASSERT_FALSE(finding.ok());
  EXPECT_EQ(finding.error().reason, "SENTINEL_UNKNOWN_PRIMARY");
  EXPECT_NE(finding.error().code, Code::kUnavailable);
}

RedisReply Node(const std::string& host, int port) {
  return RedisReply::Array({Text(host), RedisReply::Integer(port), Text("id")});
}

// A node that has seen `epoch` and finds all slots on one node, with a replica.
InquiryAnswer Shows(int epoch, const std::string& state, int port) {
  return {
      *ParseRedisAddress("10.0.0.9:7000"),
      {Text("cluster_state:" + state + "\r\ncluster_current_epoch:" + std::to_string(epoch) +
            "\r\ncluster_my_epoch:99\r\n"),
       RedisReply::Array({RedisReply::Array({RedisReply::Integer(0), RedisReply::Integer(16'383),
                                             Node("10.0.0.1", port), Node("", 7009)})})}};
}

class ClusterInquiryTest : public testing::Test {
 protected:
  Result<Finding> Judge(const std::vector<InquiryAnswer>& answers) const {
    return ClusterInquiry(*ParseRedisTarget("cluster://n1")).judge(answers, 3);
  }
};

TEST_F(ClusterInquiryTest, TakesTheMapOfTheLatestEpoch) {
  const Result<Finding> finding =
      Judge({Shows(4, "ok", 7001), Shows(6, "fail", 7002), Shows(5, "ok", 7003)});
  ASSERT_TRUE(finding.ok());
  EXPECT_EQ(finding->servers.Find(42)->port, 7002);
}

TEST_F(ClusterInquiryTest, PrefersANodeWhosePartWorks) {
  EXPECT_EQ(Judge({Shows(4, "fail", 7001), Shows(4, "ok", 7002)})->servers.Find(0)->port, 7002);
}

TEST_F(ClusterInquiryTest, ANodeWithoutAHostIsTheOneThatAnswered) {
  const Result<Finding> finding = Judge({Shows(4, "ok", 7001)});
  ASSERT_EQ(finding->others.size(), 2u);
  EXPECT_EQ(ToText(finding->others[1]), "10.0.0.9:7009");
}

TEST_F(ClusterInquiryTest, AServerAloneAndSilenceAreToldApart) {
  const RedisReply refusal =
      RedisReply::ErrorText("ERR This instance has cluster support disabled");
  const Result<Finding> alone = Judge({{{}, {refusal, refusal}}});
  EXPECT_EQ(alone.error().reason, "REDIS_NOT_A_CLUSTER");
  EXPECT_NE(alone.error().code, Code::kUnavailable);
  EXPECT_EQ(Judge({}).error().reason, "CLUSTER_UNREACHABLE");
  EXPECT_EQ(Judge({}).error().code, Code::kUnavailable);
}

TEST_F(ClusterInquiryTest, RangesThatMakeNoSenseAreLeftOut) {
  InquiryAnswer answer = Shows(4, "ok", 7001);
  answer.replies[1] = RedisReply::Array(
      {RedisReply::Array({RedisReply::Integer(5), RedisReply::Integer(16'384), Node("h", 1)}),
       RedisReply::Array({RedisReply::Integer(9), RedisReply::Integer(8), Node("h", 1)}),
       RedisReply::Array({RedisReply::Integer(1), RedisReply::Integer(2), Node("h", 0)}),
       RedisReply::Array({RedisReply::Integer(3), RedisReply::Integer(3), Node("h", 1)})});
  const Result<Finding> finding = Judge({answer});
  EXPECT_EQ(finding->servers.servers().size(), 1u);
  EXPECT_EQ(finding->servers.Find(1), nullptr);
  EXPECT_NE(finding->servers.Find(3), nullptr);
}

}  // namespace
}  // namespace usher::store
