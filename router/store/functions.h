// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "router/store/redis_client.h"

namespace usher::store {

// The Redis functions of a domain: functions.lua, built into the binary. The version is the start
// of the hash of that file, so a changed function never meets a router that expects another.
const FunctionLibrary& DomainFunctions();

// Their names on the server, such as "usher_commit_1a2b3c4d".
struct DomainFunctionNames {
  std::string commit;
  std::string project;
  std::string lead;
  std::string trim;
  std::string park;
  std::string checkpoint;
  std::string restore;
};
const DomainFunctionNames& DomainFunctionsByName();

}  // namespace usher::store
