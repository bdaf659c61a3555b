// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/store/acl_user.h"

#include <fstream>
#include <sstream>
#include <utility>

#include <gtest/gtest.h>

namespace usher::store {

std::string DeployedFile(const std::string& name) {
  return std::string(USHER_SOURCE_DIR) + "/deploy/redis/" + name;
}

std::string CopyOfDeployed(const std::string& name, const std::filesystem::path& dir) {
  std::filesystem::create_directories(dir);
  std::filesystem::copy_file(DeployedFile(name), dir / name);
  return dir / name;
}

std::vector<std::string> RulesOf(const std::string& file, const std::string& user) {
  std::ifstream lines(DeployedFile(file));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    std::string name;
    words >> word >> name;
    if (name != user) continue;
    std::vector<std::string> rules;
    while (words >> word) rules.push_back(word);
    return rules;
  }
  ADD_FAILURE() << file << " has no user " << user;
  return {};
}

std::string WriteAclFile(const std::filesystem::path& dir) {
  const std::filesystem::path users = dir / "users.acl";
  const std::filesystem::path fresh = dir / "users.acl.new";
  std::ofstream file(fresh);
  file << "user default on nopass ~* &* +@all\n";
  for (const char* const user : {kAclUser, kAuditor, kRestorer, "replica", "sentinel"}) {
    file << "user " << user << " >" << kAclPassword;
    for (const std::string& rule : RulesOf("users.acl", user)) file << ' ' << rule;
    file << '\n';
  }
  file.close();
  // Redis takes connections before it reads its users: another server of the test may be reading
  // the file just now, and must never find it empty.
  std::filesystem::rename(fresh, users);
  return users.string();
}

std::string WriteAclProgram(const std::filesystem::path& dir) {
  const std::filesystem::path program = dir / "redis-server-with-users";
  std::ofstream(program)
      << "#!/bin/sh\nexec redis-server \"$@\" --enable-debug-command yes --aclfile "
      << WriteAclFile(dir) << '\n';
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  return program.string();
}

RedisAddress AsAclUser(RedisAddress address) {
  address.user = kAclUser;
  address.password = kAclPassword;
  return address;
}

RedisTarget AsAclUser(RedisTarget target, const char* user) {
  target.user = user;
  target.password = kAclPassword;
  return target;
}

}  // namespace usher::store
