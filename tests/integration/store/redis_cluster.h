// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "router/store/redis_target.h"
#include "tests/integration/store/redis_process.h"
#include "tests/integration/store/store_fixture.h"

namespace usher::store {

// Three primaries with a third of the slots each, and replicas of the one that has
// `replicated_key`. A node counts as failed after a second.
class RedisCluster {
 public:
  struct Options {
    std::filesystem::path dir;
    int replicas = 0;
    std::string replicated_key = "usher:{acme}:lease";
    std::vector<std::string> server_arguments;  // beside redis.conf
  };
  // Returns when every node finds the cluster in order.
  explicit RedisCluster(Options options);

  // Names one node only: the others have to be found.
  RedisTarget Target() const;

  std::size_t size() const { return nodes_.size(); }
  RedisProcess& node(std::size_t index) { return *nodes_[index]; }
  // A connection to a node, primary or not.
  WaitingClient& client(std::size_t index) { return *clients_[index]; }
  // The index of the node that has the slot of `key`, as the first living node sees it.
  std::size_t NodeOf(const std::string& key);
  // Ends a node, with its client.
  void Kill(std::size_t index);
  // Starts one that was killed.
  void Return(std::size_t index);
  // Returns when every living node finds all slots served.
  void AwaitOrder();

 private:
  void StartNode(std::size_t index);
  std::string IdOf(std::size_t index);

  const Options options_;
  std::vector<std::unique_ptr<RedisProcess>> nodes_;
  std::vector<std::unique_ptr<WaitingClient>> clients_;  // null: killed
};

}  // namespace usher::store
