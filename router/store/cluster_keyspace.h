// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "router/store/redis_keyspace.h"

namespace usher::store {

// The keys of a Redis Cluster: one pipelined connection to each primary, a lane for each slot that
// has calls under way.
//
// A reply that sends the call elsewhere (IsRedirection) puts it back at the head of its lane. The
// lane goes on, in order, when the locator has heard anew or the retry timer ticks; until then
// later calls of the slot queue behind. ASK is followed at once, with ASKING.
class ClusterKeyspace final : public RedisKeyspace {
 public:
  ClusterKeyspace(io::EventLoop& loop, RedisKeyspaceOptions options,
                  std::shared_ptr<PolledLocator> locator);
  ~ClusterKeyspace() override;

  void Call(std::span<const std::string_view> arguments,
            RedisClient::ReplyCallback callback) override;
  bool IsConnected() const override;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace usher::store
