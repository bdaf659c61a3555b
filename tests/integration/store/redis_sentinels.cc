// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/store/redis_sentinels.h"

#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include "tests/integration/store/acl_user.h"
#include "tests/integration/store/store_fixture.h"

namespace usher::store {

namespace {

std::map<std::string, std::string> ToMap(const RedisReply& fields) {
  std::map<std::string, std::string> map;
  for (std::size_t i = 0; i + 1 < fields.items().size(); i += 2) {
    map[std::string(fields.At(i).text())] = fields.At(i + 1).text();
  }
  return map;
}

}  // namespace

RedisSentinels::RedisSentinels(Options options) : options_(std::move(options)) {
  for (int i = 0; i <= options_.replicas; ++i) StartServer(static_cast<std::size_t>(i));
  for (int i = 0; i < options_.sentinels; ++i) StartSentinel(static_cast<std::size_t>(i));
  for (const auto& sentinel : sentinels_) AwaitDiscovery(*sentinel);
}

void RedisSentinels::StartServer(std::size_t index) {
  RedisProcess::Options server;
  server.dir = options_.dir / ("server" + std::to_string(index));
  server.arguments = {CopyOfDeployed("redis.conf", server.dir),
                      "--aclfile",
                      WriteAclFile(options_.dir),
                      "--masteruser",
                      "replica",
                      "--masterauth",
                      kAclPassword};
  server.arguments.insert(server.arguments.end(), options_.server_arguments.begin(),
                          options_.server_arguments.end());
  if (index > 0) {
    server.arguments.insert(server.arguments.end(),
                            {"--replicaof", "127.0.0.1 " + std::to_string(servers_[0]->port())});
  }
  servers_.push_back(std::make_unique<RedisProcess>(std::move(server)));
  servers_.back()->Start();
  if (index == 0) return;
  // A Sentinel asks a primary for its replicas when it starts, and then only every ten seconds.
  WaitingClient replica(servers_.back()->address(), ServerUse::kAsk);
  Eventually([&] { return replica.Call({"ROLE"}).At(3).text() == "connected"; },
             "a replica is in step");
  // Its primary counts it from its first word after that on.
  WaitingClient primary(servers_[0]->address(), ServerUse::kAsk);
  Eventually([&] { return primary.Call({"ROLE"}).At(2).items().size() >= index; },
             "its primary counts a replica");
}

void RedisSentinels::StartSentinel(std::size_t index) {
  RedisProcess::Options sentinel;
  sentinel.dir = options_.dir / ("sentinel" + std::to_string(index));
  std::filesystem::create_directories(sentinel.dir);
  const std::string file = (sentinel.dir / "sentinel.conf").string();
  std::stringstream deployed;
  deployed << std::ifstream(DeployedFile("sentinel.conf")).rdbuf();
  std::string text = deployed.str();
  const auto replace = [&text](const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  };
  replace("10.0.0.1 6379 2", "127.0.0.1 " + std::to_string(servers_[0]->port()) + ' ' +
                                 std::to_string(options_.sentinels / 2 + 1));
  // An election that came to nothing is held again after twice this.
  replace("failover-timeout contacts 10000", "failover-timeout contacts 3000");
  std::ofstream(file) << text
                      << "sentinel auth-user contacts sentinel\nsentinel auth-pass contacts "
                      << kAclPassword << '\n';
  sentinel.arguments = {file, "--sentinel"};
  sentinels_.push_back(std::make_unique<RedisProcess>(std::move(sentinel)));
  sentinels_.back()->Start();
}

void RedisSentinels::AwaitDiscovery(const RedisProcess& sentinel) const {
  WaitingClient client(sentinel.address(), ServerUse::kAsk);
  Eventually(
      [&] {
        const auto known = ToMap(client.Call({"SENTINEL", "MASTER", "contacts"}));
        return known.at("num-slaves") == std::to_string(options_.replicas) &&
               known.at("num-other-sentinels") == std::to_string(options_.sentinels - 1) &&
               known.at("flags") == "master";
      },
      "a Sentinel knows the others");
}

RedisTarget RedisSentinels::Target() const {
  RedisTarget target;
  target.kind = RedisTarget::Kind::kSentinel;
  target.primary = "contacts";
  for (const auto& sentinel : sentinels_) target.addresses.push_back(sentinel->address());
  return target;
}

RedisProcess& RedisSentinels::Primary() {
  WaitingClient client(sentinels_[0]->address(), ServerUse::kAsk);
  const RedisReply named = client.Call({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "contacts"});
  for (const auto& server : servers_) {
    if (std::to_string(server->port()) == named.At(1).text()) return *server;
  }
  ADD_FAILURE() << "no server of ours is the primary";
  return *servers_[0];
}

}  // namespace usher::store
