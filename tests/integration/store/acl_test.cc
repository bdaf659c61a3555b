// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/integration/store/acl_user.h"
#include "tests/integration/store/redis_process.h"
#include "tests/integration/store/store_fixture.h"

namespace usher::store {
namespace {

// What the user may do is shown by the other tests of this program and of the router's, which all
// run as that user. Here stands what it may not.
class AclTest : public StoreTest {};

TEST_F(AclTest, RefusesWhateverCouldHarmOrReadMore) {
  WaitingClient usher(AsAclUser(redis_->address()));
  const std::vector<std::vector<std::string>> refused = {
      {"CONFIG", "GET", "requirepass"},
      {"CONFIG", "SET", "appendonly", "no"},
      {"CONFIG", "REWRITE"},
      {"FLUSHALL"},
      {"FLUSHDB"},
      {"KEYS", "*"},
      {"SCAN", "0"},
      {"RANDOMKEY"},
      {"DEBUG", "SLEEP", "0"},
      {"EVAL", "return 1", "0"},
      {"SCRIPT", "FLUSH"},
      {"SHUTDOWN", "NOSAVE"},
      {"REPLICAOF", "NO", "ONE"},
      {"FAILOVER"},
      {"MIGRATE", "127.0.0.1", "1", "usher:{acme}:log", "0", "1"},
      {"FUNCTION", "FLUSH"},
      {"FUNCTION", "DELETE", "usher"},
      {"FUNCTION", "DUMP"},
      {"ACL", "LIST"},
      {"ACL", "WHOAMI"},
      {"CLIENT", "LIST"},
      {"MONITOR"},
      {"SUBSCRIBE", "usher"},
      {"PUBLISH", "usher", "x"},
      {"CLUSTER", "RESET"},
      {"SWAPDB", "0", "1"},
      {"RENAME", "usher:a", "usher:b"},
      {"EXPIRE", "usher:{acme}:log", "1"},
      {"PERSIST", "usher:{acme}:log"},
  };
  for (const std::vector<std::string>& command : refused) {
    const RedisReply reply = usher.Call(command);
    EXPECT_EQ(reply.ErrorWord(), "NOPERM") << command[0] << ": " << reply.text();
  }
}

TEST_F(AclTest, RefusesKeysOfOthers) {
  WaitingClient usher(AsAclUser(redis_->address()));
  EXPECT_EQ(usher.Call({"GET", "other:{acme}:log"}).ErrorWord(), "NOPERM");
  EXPECT_EQ(usher.Call({"SET", "usherette", "x"}).ErrorWord(), "NOPERM");
  EXPECT_EQ(usher.Call({"MGET", "usher:{acme}:config", "other"}).ErrorWord(), "NOPERM");
  EXPECT_EQ(usher.Call({"SET", "usher:{acme}:test", "x"}).text(), "OK");
  EXPECT_EQ(ToError(usher.Call({"GET", "other"}), "a read").reason, "REDIS_NO_PERMISSION");
}

// A function cannot do for its caller what the caller may not do.
TEST_F(AclTest, HoldsInsideFunctionsToo) {
  WaitingClient usher(AsAclUser(redis_->address()));
  const RedisReply loaded = usher.Call(
      {"FUNCTION", "LOAD",
       "#!lua name=harm\n"
       "redis.register_function('harm', function() return redis.call('FLUSHALL') end)\n"
       "redis.register_function('look', function(k) return redis.call('GET', 'other') end)\n"});
  ASSERT_FALSE(loaded.IsError()) << loaded.text();
  WaitingClient admin(redis_->address());
  admin.Call({"SET", "other", "secret"});
  for (const std::string function : {"harm", "look"}) {
    const RedisReply reply = usher.Call({"FCALL", function, "0"});
    EXPECT_TRUE(reply.IsError()) << function;
    EXPECT_NE(reply.text().find("The user executing the script can't"), std::string_view::npos)
        << reply.text();
  }
  EXPECT_EQ(admin.Call({"GET", "other"}).text(), "secret");
}

// Rare commands of the functions are found by reading, not only by running.
TEST_F(AclTest, AllowsEveryCommandOfTheFunctions) {
  const std::vector<std::string> rules = RulesOf("users.acl", kAclUser);
  const std::set<std::string> allowed(rules.begin(), rules.end());
  for (const std::string file : {"router/store/functions.lua", "router/context/functions.lua"}) {
    std::ifstream stream(std::string(USHER_SOURCE_DIR) + '/' + file);
    std::stringstream text;
    text << stream.rdbuf();
    const std::string code = text.str();
    const std::regex call("redis\\.p?call\\('([A-Z]+)'");
    int found = 0;
    for (std::sregex_iterator at(code.begin(), code.end(), call), end; at != end; ++at, ++found) {
      std::string command = (*at)[1].str();
      for (char& letter : command) letter = static_cast<char>(letter - 'A' + 'a');
      EXPECT_TRUE(allowed.contains('+' + command)) << file << " calls " << command;
    }
    EXPECT_GT(found, 5) << file;
  }
}

TEST_F(AclTest, ShipsWithoutAPasswordSoThatNobodyLogsInByDefault) {
  RedisProcess::Options options;
  options.dir = dir_.path() / "shipped";
  options.arguments = {CopyOfDeployed("redis.conf", options.dir), "--aclfile",
                       CopyOfDeployed("users.acl", options.dir)};
  RedisProcess shipped(std::move(options));
  shipped.Start();
  RedisClientOptions client;
  client.address = AsAclUser(shipped.address());
  Arrival<Error> refused;
  client.on_refused = [&](const Error& error) { refused.Set(error); };
  io::EventLoop loop;
  loop.Start("redis");
  std::unique_ptr<RedisClient> connection;
  loop.Call([&] {
    connection = std::make_unique<RedisClient>(loop, client);
    connection->Start();
  });
  EXPECT_EQ(refused.Wait().reason, "REDIS_AUTH");
  loop.Call([&] { connection.reset(); });
}

// The shipped configuration, with the password hash that docs/operate/redis.md tells to add.
TEST_F(AclTest, TheShippedConfigurationServesAStoreWithDurabilityAlways) {
  const std::string acl = dir_.path() / "users.acl";
  std::string line = "user usher #a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3";
  for (const std::string& rule : RulesOf("users.acl", kAclUser)) line += ' ' + rule;
  std::ofstream(acl) << line << "\nuser default off\n";
  RedisProcess::Options options;
  options.dir = dir_.path() / "shipped";
  options.arguments = {CopyOfDeployed("redis.conf", options.dir), "--aclfile", acl};
  RedisProcess shipped(std::move(options));
  shipped.Start();
  DomainStoreOptions store_options = Options("r1");
  store_options.address = shipped.address();
  store_options.address.user = "usher";
  store_options.address.password = "123";
  store_options.durability = Durability::kAlways;
  WaitingStore store(store_options);
  const Result<LoadedState> loaded = store.Load();
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
}

}  // namespace
}  // namespace usher::store
