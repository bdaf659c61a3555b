// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/time.h"
#include "router/store/redis_client.h"

namespace usher::store {

// What an answer to a write waits for beside Redis itself: `durability replicated:N`.
struct ReplicaWait {
  std::uint32_t replicas = 0;  // at least so many, and all that are in step; 0: for none
  Duration at_most{2'000};     // then the call fails, NOT_REPLICATED
};

// As client.Call, and the answer to a write is given when the replicas have it: WAIT goes right
// behind it on the same connection, and covers whatever was written before as well, so that a
// repetition that changes nothing is no answer too early. UNAVAILABLE/NOT_REPLICATED when they do
// not confirm it in time: whether it will be there after a failover is unknown. The connection is
// then made anew, which looks again at which replicas are in step.
//
// Commands that only read are passed on as they are. `client` must outlive the answer's callback,
// as it does with client.Call.
void CallReplicated(RedisClient& client, std::span<const std::string_view> arguments,
                    const ReplicaWait& wait, RedisClient::ReplyCallback callback);

// False for the commands of Usher that change nothing; FCALL counts as a write.
bool IsWrite(std::string_view command);

}  // namespace usher::store
