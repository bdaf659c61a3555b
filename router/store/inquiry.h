// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "router/store/redis_reply.h"
#include "router/store/redis_target.h"
#include "router/store/server_map.h"

namespace usher::store {

// What one server said to the questions of an inquiry, one reply each.
struct InquiryAnswer {
  RedisAddress from;
  std::vector<RedisReply> replies;
};

struct Finding {
  ServerMap servers;
  std::vector<RedisAddress> others;  // may be asked from now on too
};

// What to ask of several servers at once, to learn who takes the writes, and how to judge what they
// say. Pure: it sends nothing itself.
struct Inquiry {
  std::vector<std::vector<std::string>> questions;
  // Of those `asked`, these answered. An UNAVAILABLE failure may pass; any other must be mended.
  std::function<Result<Finding>(const std::vector<InquiryAnswer>& answers, std::size_t asked)>
      judge;
};

// The primary that the Sentinel names which has seen the latest failover (its configuration epoch),
// when more than half of all Sentinels answer. One that is cut off from the others has not seen it
// and is outdone; one that has just promoted a replica is believed before the others have heard of
// it. SENTINELS_UNREACHABLE (fewer than half answer), SENTINELS_DISAGREE, SENTINEL_UNKNOWN_PRIMARY.
Inquiry SentinelInquiry(const RedisTarget& target);

// The map of slots of the node that has seen the latest configuration epoch: a node that is cut off
// has not seen the failover. CLUSTER_UNREACHABLE, REDIS_NOT_A_CLUSTER.
Inquiry ClusterInquiry(const RedisTarget& target);

}  // namespace usher::store
