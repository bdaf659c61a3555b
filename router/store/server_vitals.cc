// SPDX-License-Identifier: Apache-2.0
#include "router/store/server_vitals.h"

#include <charconv>
#include <cstddef>

#include "router/store/info_lines.h"
#include "router/store/server_facts.h"

namespace usher::store {

ServerVitals ParseServerVitals(std::string_view info) {
  ServerVitals vitals;
  bool rewritten = true;
  bool saved = true;
  const auto number = [](std::string_view text, std::uint64_t& out) {
    std::from_chars(text.data(), text.data() + text.size(), out);
  };
  ForEachInfoLine(info, [&](std::string_view name, std::string_view value) {
    if (name == "used_memory") {
      number(value, vitals.used_memory);
    } else if (name == "maxmemory") {
      number(value, vitals.maxmemory);
    } else if (name == "total_system_memory") {
      number(value, vitals.system_memory);
    } else if (name == "aof_delayed_fsync") {
      number(value, vitals.delayed_fsyncs);
    } else if (name == "aof_last_write_status") {
      vitals.append_ok = value == "ok";
    } else if (name == "aof_last_bgrewrite_status") {
      rewritten = value == "ok";
    } else if (name == "rdb_last_bgsave_status") {
      saved = value == "ok";
    }
  });
  vitals.rewrite_ok = rewritten && saved;
  const ServerFacts facts = ParseServerFacts(info);
  vitals.replicas = facts.replicas;
  vitals.replicas_in_step = facts.replicas_in_step;
  return vitals;
}

}  // namespace usher::store
