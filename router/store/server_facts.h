// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace usher::store {

// What the INFO of a Redis server says of itself, as far as Usher's promises hang on it.
struct ServerFacts {
  std::string version;  // "7.0.15"; Valkey gives the Redis version that it is compatible with
  std::string run_id;   // new with every start of the process
  std::string replication_id;   // `master_replid`: new when history may have changed
  std::string role;             // "master" or "slave"
  std::string eviction_policy;  // `maxmemory_policy`
  bool append_only = false;
  bool loading = false;                // reads its files; answers little else than INFO
  std::uint32_t replicas = 0;          // connected now
  std::uint32_t replicas_in_step = 0;  // of these, the ones that were heard in the last 2 seconds

  friend bool operator==(const ServerFacts&, const ServerFacts&) = default;
};

// Lines that are missing leave their field as it is.
ServerFacts ParseServerFacts(std::string_view info);

// Whether contacts may be entrusted to this server: FAILED_PRECONDITION with reason
// REDIS_VERSION_TOO_OLD (before 7.0), REDIS_IS_REPLICA, REDIS_APPENDONLY_OFF or REDIS_EVICTS, and
// the command that mends it as the next step. `where` names the server in the message.
Result<void> CheckServerFacts(const ServerFacts& facts, std::string_view where);

}  // namespace usher::store
