// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "router/store/redis_address.h"
#include "router/store/redis_target.h"

namespace usher::store {

// The user of deploy/redis/users.acl that Usher logs in as, with a password for tests.
inline constexpr const char* kAclUser = "usher";
inline constexpr const char* kAclPassword = "of-the-tests";
// The one that looks at everything and changes nothing.
inline constexpr const char* kAuditor = "auditor";
// The one that puts a backup back.
inline constexpr const char* kRestorer = "restorer";

// The path of a file in deploy/redis. Servers get a copy of their own, which they may rewrite.
std::string DeployedFile(const std::string& name);
std::string CopyOfDeployed(const std::string& name, const std::filesystem::path& dir);

// The words behind the name on a user's line of a file in deploy/redis.
std::vector<std::string> RulesOf(const std::string& file, const std::string& user);

// Writes a file into `dir` with the users of users.acl, all with the password of the tests, and the
// default one, who may do everything, and gives its path.
std::string WriteAclFile(const std::filesystem::path& dir);
// The same with a program that runs redis-server with that file; gives the program's path.
std::string WriteAclProgram(const std::filesystem::path& dir);

// `address` as that user, or as another of the file.
RedisAddress AsAclUser(RedisAddress address);
RedisTarget AsAclUser(RedisTarget target, const char* user = kAclUser);

}  // namespace usher::store
