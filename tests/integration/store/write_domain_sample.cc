// SPDX-License-Identifier: Apache-2.0
// Writes the sample of a whole domain as it lies in Redis, as the program of today leaves it
// behind: `store_domain_sample FILE` makes FILE.commands and FILE.fields. It changes neither where
// it is there: an earlier version wrote that. See docs/operate/upgrade.md.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "router/store/key_walk.h"
#include "tests/integration/store/stored_domain.h"

namespace {

using namespace usher;
using namespace usher::store;

std::vector<std::string> CommandOf(KeyWalk& redis, const std::string& key) {
  const std::string type(redis.Call({"TYPE", key}, "sample")->text());
  const std::map<std::string, std::vector<std::string>> reads = {
      {"string", {"GET", key}},
      {"hash", {"HGETALL", key}},
      {"list", {"LRANGE", key, "0", "-1"}},
      {"set", {"SMEMBERS", key}},
      {"zset", {"ZRANGE", key, "0", "-1"}}};
  const std::map<std::string, std::string> writes = {
      {"string", "SET"}, {"hash", "HSET"}, {"list", "RPUSH"}, {"set", "SADD"}, {"zset", "ZADD"}};
  std::vector<std::string> words = {writes.at(type), key};
  const RedisReply value = *redis.Call(reads.at(type), "sample");
  if (value.IsText()) words.emplace_back(value.text());
  for (const RedisReply& item : value.items()) {
    if (type == "zset") words.emplace_back("0");
    words.emplace_back(item.text());
  }
  return words;
}

std::vector<std::string> Dump(const RedisTarget& target) {
  auto redis = *KeyWalk::Open(target, {.deadline = std::chrono::steady_clock::now() + kPatience});
  const Keys keys(DomainId{"acme"});
  std::vector<std::string> lines;
  Drop(redis->Walk(PatternOfDomain(DomainId{"acme"}),
                   [&](std::span<const std::string> page) {
                     for (const std::string& key : page) {
                       if (key == keys.Alive() || key == keys.Log()) continue;
                       lines.push_back(ToScriptLine(CommandOf(*redis, key)));
                     }
                     return Result<void>();
                   }),
       "a sample that lacks keys fails its test");
  std::ranges::sort(lines);
  const RedisReply log = *redis->Call({"XRANGE", keys.Log(), "-", "+"}, "sample");
  for (const RedisReply& entry : log.items()) {
    std::vector<std::string> words = {"XADD", keys.Log(), std::string(entry.At(0).text())};
    for (const RedisReply& word : entry.At(1).items()) words.emplace_back(word.text());
    lines.push_back(ToScriptLine(words));
  }
  return lines;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string file =
      argc > 1 ? argv[1] : USHER_SOURCE_DIR "/tests/integration/store/samples/domain-v1";
  if (std::filesystem::exists(file + ".commands")) {
    std::cout << file << ".commands is there, and stays as it is\n";
    return 0;
  }
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  const TempDir dir;
  PrivateRedisOptions redis_options;
  redis_options.data_dir = dir.path() / "redis";
  const auto redis = *PrivateRedis::Start(redis_options);
  DomainStoreOptions options;
  options.domain = DomainId{"acme"};
  options.router_id = "sample";
  options.address = redis->address();
  options.history = {
      .commits_kept = 100, .log_bytes_kept = 1u << 20, .checkpoint_log_bytes = 8u << 10};
  WaitingStore store(options);
  if (!store.Load().ok()) return 1;
  StormyDomain domain(store, 2026);
  domain.Run(260);
  domain.RunWithoutRows(15);  // as a crash leaves it: commits that are not in the rows yet
  std::ofstream commands(file + ".commands");
  for (const std::string& line : Dump(ToTarget(redis->address()))) commands << line << '\n';
  std::ofstream fields(file + ".fields");
  for (const auto& [path, value] : StateLinesOf(domain.At(domain.last()))) {
    fields << path << " = " << value << '\n';
  }
  if (!commands.flush() || !fields.flush()) {
    std::cerr << file << " cannot be written\n";
    return 1;
  }
  std::cout << "wrote " << file << " with " << domain.last() << " commits\n";
}
