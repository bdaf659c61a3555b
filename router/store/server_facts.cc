// SPDX-License-Identifier: Apache-2.0
#include "router/store/server_facts.h"

#include <charconv>

#include "router/store/info_lines.h"

namespace usher::store {

namespace {

constexpr unsigned kMajorVersionMin = 7;  // functions

constexpr unsigned kLagMax = 2;  // seconds; a replica that lives says a word each second

// Of "ip=127.0.0.1,port=6380,state=online,offset=98,lag=0".
bool IsInStep(std::string_view replica) {
  constexpr std::string_view kLag = ",lag=";
  const std::size_t at = replica.find(kLag);
  if (at == std::string_view::npos || replica.find("state=online") == std::string_view::npos) {
    return false;
  }
  const std::string_view text = replica.substr(at + kLag.size());
  unsigned lag = kLagMax + 1;
  std::from_chars(text.data(), text.data() + text.size(), lag);
  return lag <= kLagMax;
}

// "slave0", and not "slave_read_only".
bool IsReplicaLine(std::string_view name) {
  constexpr std::string_view kStart = "slave";
  return name.starts_with(kStart) && name.size() > kStart.size() && name[kStart.size()] >= '0' &&
         name[kStart.size()] <= '9';
}

void TakeLine(std::string_view name, std::string_view value, ServerFacts& facts) {
  if (name == "redis_version") {
    facts.version = value;
  } else if (name == "run_id") {
    facts.run_id = value;
  } else if (name == "master_replid") {
    facts.replication_id = value;
  } else if (name == "role") {
    facts.role = value;
  } else if (name == "maxmemory_policy") {
    facts.eviction_policy = value;
  } else if (name == "aof_enabled") {
    facts.append_only = value == "1";
  } else if (name == "loading") {
    facts.loading = value != "0";
  } else if (name == "connected_slaves") {
    std::from_chars(value.data(), value.data() + value.size(), facts.replicas);
  } else if (IsReplicaLine(name) && IsInStep(value)) {
    ++facts.replicas_in_step;
  }
}

unsigned MajorVersion(std::string_view version) {
  unsigned major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return major;
}

Error Unfit(std::string reason, std::string message, std::string next_step) {
  return {Code::kFailedPrecondition, std::move(reason), std::move(message), std::move(next_step)};
}

}  // namespace

ServerFacts ParseServerFacts(std::string_view info) {
  ServerFacts facts;
  ForEachInfoLine(info, [&facts](std::string_view name, std::string_view value) {
    TakeLine(name, value, facts);
  });
  return facts;
}

Result<void> CheckServerFacts(const ServerFacts& facts, std::string_view where) {
  const std::string server = "Redis at " + std::string(where);
  if (MajorVersion(facts.version) < kMajorVersionMin) {
    return Unfit("REDIS_VERSION_TOO_OLD",
                 server + " is version " + (facts.version.empty() ? "unknown" : facts.version),
                 "use Redis 7.0 or later, or Valkey");
  }
  if (facts.role != "master") {
    return Unfit("REDIS_IS_REPLICA", server + " is a replica and takes no writes",
                 "give the address of its master");
  }
  if (!facts.append_only) {
    return Unfit("REDIS_APPENDONLY_OFF", server + " would forget every contact when it restarts",
                 "run CONFIG SET appendonly yes there, then CONFIG REWRITE");
  }
  // Anything but noeviction drops keys when memory is short; where the policy is hidden from us, so
  // is that danger.
  if (facts.eviction_policy != "noeviction") {
    return Unfit("REDIS_EVICTS",
                 server + " may drop contacts when memory is short (maxmemory-policy " +
                     (facts.eviction_policy.empty() ? "unknown" : facts.eviction_policy) + ")",
                 "run CONFIG SET maxmemory-policy noeviction there, then CONFIG REWRITE");
  }
  return {};
}

}  // namespace usher::store
