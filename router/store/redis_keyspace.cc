// SPDX-License-Identifier: Apache-2.0
#include "router/store/redis_keyspace.h"

#include <utility>

#include "base/check.h"
#include "router/store/cluster_keyspace.h"

namespace usher::store {

namespace {

class SingleServerKeyspace final : public RedisKeyspace {
 public:
  SingleServerKeyspace(io::EventLoop& loop, RedisKeyspaceOptions options,
                       std::shared_ptr<PolledLocator> locator)
      : replica_wait_(options.replica_wait),
        client_(loop, ClientOptions(std::move(options), std::move(locator))) {
    client_.Start();
  }

  void Call(std::span<const std::string_view> arguments,
            RedisClient::ReplyCallback callback) override {
    CallReplicated(client_, arguments, replica_wait_, std::move(callback));
  }
  bool IsConnected() const override { return client_.IsConnected(); }

 private:
  static RedisClientOptions ClientOptions(RedisKeyspaceOptions options,
                                          std::shared_ptr<PolledLocator> locator) {
    RedisClientOptions client;
    client.address = WithAccess(options.target.addresses.front(), options.target);
    client.locator = std::move(locator);
    client.libraries = std::move(options.libraries);
    client.on_lost = std::move(options.on_lost);
    client.on_refused = std::move(options.on_refused);
    return client;
  }

  const ReplicaWait replica_wait_;
  RedisClient client_;
};

}  // namespace

std::unique_ptr<RedisKeyspace> MakeKeyspace(io::EventLoop& loop, RedisKeyspaceOptions options,
                                            std::shared_ptr<PolledLocator> locator) {
  if (options.target.kind == RedisTarget::Kind::kCluster) {
    return std::make_unique<ClusterKeyspace>(loop, std::move(options), std::move(locator));
  }
  return std::make_unique<SingleServerKeyspace>(loop, std::move(options), std::move(locator));
}

std::string_view KeyOf(std::span<const std::string_view> arguments) {
  const std::size_t place = !arguments.empty() && arguments.front() == "FCALL" ? 3 : 1;
  USHER_CHECK(arguments.size() > place, "a call without a key has no place in a keyspace");
  return arguments[place];
}

}  // namespace usher::store
