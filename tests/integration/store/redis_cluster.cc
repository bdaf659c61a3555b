// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/store/redis_cluster.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <signal.h>

#include "router/store/redis_slot.h"
#include "tests/integration/store/acl_user.h"

namespace usher::store {

namespace {

constexpr std::size_t kPrimaries = 3;
constexpr std::size_t kSlotsEach = kSlotCount / kPrimaries + 1;

}  // namespace

RedisCluster::RedisCluster(Options options) : options_(std::move(options)) {
  const std::size_t count = kPrimaries + static_cast<std::size_t>(options_.replicas);
  for (std::size_t i = 0; i < count; ++i) StartNode(i);
  for (std::size_t i = 0; i < kPrimaries; ++i) {
    const std::size_t last = std::min((i + 1) * kSlotsEach, std::size_t{kSlotCount}) - 1;
    EXPECT_FALSE(client(i).Call({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)}).IsError());
    EXPECT_FALSE(client(i)
                     .Call({"CLUSTER", "ADDSLOTSRANGE", std::to_string(i * kSlotsEach),
                            std::to_string(last)})
                     .IsError());
  }
  for (std::size_t i = 1; i < count; ++i) {
    client(0).Call({"CLUSTER", "MEET", "127.0.0.1", std::to_string(node(i).port())});
  }
  const std::string all = "cluster_known_nodes:" + std::to_string(count) + "\r\n";
  for (std::size_t i = 0; i < count; ++i) {
    Eventually(
        [&] {
          const RedisReply info = client(i).Call({"CLUSTER", "INFO"});
          return info.text().find(all) != std::string_view::npos;
        },
        "a node knows the others");
  }
  AwaitOrder();
  const std::size_t owner = NodeOf(options_.replicated_key);
  const std::string id = IdOf(owner);
  for (std::size_t i = kPrimaries; i < count; ++i) {
    EXPECT_FALSE(client(i).Call({"CLUSTER", "REPLICATE", id}).IsError());
  }
  for (std::size_t i = kPrimaries; i < count; ++i) {
    Eventually([&] { return client(i).Call({"ROLE"}).At(3).text() == "connected"; },
               "a replica is in step");
  }
  // Their primary counts each from its first word after that on.
  Eventually(
      [&] { return client(owner).Call({"ROLE"}).At(2).items().size() >= count - kPrimaries; },
      "their primary counts the replicas");
}

void RedisCluster::StartNode(std::size_t index) {
  RedisProcess::Options server;
  server.dir = options_.dir / ("node" + std::to_string(index));
  server.arguments = {CopyOfDeployed("redis.conf", server.dir), "--cluster-enabled", "yes",
                      "--cluster-node-timeout", "1000"};
  server.arguments.insert(server.arguments.end(), options_.server_arguments.begin(),
                          options_.server_arguments.end());
  nodes_.push_back(std::make_unique<RedisProcess>(std::move(server)));
  nodes_[index]->Start();
  clients_.push_back(std::make_unique<WaitingClient>(node(index).address(), ServerUse::kAsk));
}

std::string RedisCluster::IdOf(std::size_t index) {
  return std::string(client(index).Call({"CLUSTER", "MYID"}).text());
}

void RedisCluster::AwaitOrder() {
  for (const auto& client : clients_) {
    if (!client) continue;
    Eventually(
        [&] {
          const RedisReply info = client->Call({"CLUSTER", "INFO"});
          return info.text().find("cluster_state:ok") != std::string_view::npos &&
                 info.text().find("cluster_slots_ok:16384") != std::string_view::npos;
        },
        "a node finds the cluster in order");
  }
}

std::size_t RedisCluster::NodeOf(const std::string& key) {
  const std::int64_t slot = SlotOfKey(key);
  std::size_t asked = 0;
  while (!clients_[asked]) ++asked;
  std::optional<std::size_t> found;
  const auto look = [&] {
    const RedisReply slots = client(asked).Call({"CLUSTER", "SLOTS"});
    for (const RedisReply& range : slots.items()) {
      if (slot < range.At(0).integer() || slot > range.At(1).integer()) continue;
      for (std::size_t i = 0; i < size(); ++i) {
        if (node(i).port() == range.At(2).At(1).integer()) found = i;
      }
    }
    return found.has_value();
  };
  Eventually(look, "a node serves " + key);
  return found.value_or(0);
}

void RedisCluster::Kill(std::size_t index) {
  clients_[index].reset();
  node(index).Kill(SIGKILL);
  node(index).WaitForEnd();
}

void RedisCluster::Return(std::size_t index) {
  node(index).Start();
  clients_[index] = std::make_unique<WaitingClient>(node(index).address(), ServerUse::kAsk);
}

RedisTarget RedisCluster::Target() const {
  RedisTarget target;
  target.kind = RedisTarget::Kind::kCluster;
  target.addresses = {nodes_.front()->address()};
  return target;
}

}  // namespace usher::store
