// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "router/store/redis_target.h"
#include "tests/integration/store/redis_process.h"

namespace usher::store {

// A primary, its replicas and the Sentinels that watch them under the name "contacts", as the files
// in deploy/redis have them, users too. On a busy machine a second without an answer is no death:
// Sentinels that found the replicas down as well had nobody to promote.
class RedisSentinels {
 public:
  struct Options {
    std::filesystem::path dir;
    int replicas = 2;
    int sentinels = 3;
    std::vector<std::string> server_arguments;  // beside redis.conf
  };
  // Returns when every Sentinel knows the others and the replicas.
  explicit RedisSentinels(Options options);

  RedisTarget Target() const;
  // Servers of data: the first primary, then the replicas.
  RedisProcess& server(std::size_t index) { return *servers_[index]; }
  std::size_t servers() const { return servers_.size(); }
  RedisProcess& sentinel(std::size_t index) { return *sentinels_[index]; }
  // The server that the first Sentinel names.
  RedisProcess& Primary();

 private:
  void StartServer(std::size_t index);
  void StartSentinel(std::size_t index);
  void AwaitDiscovery(const RedisProcess& sentinel) const;

  const Options options_;
  std::vector<std::unique_ptr<RedisProcess>> servers_;
  std::vector<std::unique_ptr<RedisProcess>> sentinels_;
};

}  // namespace usher::store
