// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace usher::store {

// How a Redis server is doing, by its INFO: memory, disk, replicas. Asked for every second.
struct ServerVitals {
  std::uint64_t used_memory = 0;    // what `maxmemory` is compared with
  std::uint64_t maxmemory = 0;      // 0: no limit is set
  std::uint64_t system_memory = 0;  // of its machine; 0: unknown

  // Times that a write to the append-only file went on beside an fsync that took over two seconds.
  std::uint64_t delayed_fsyncs = 0;
  // False: the append-only file takes no writes, most often because the disk is full.
  bool append_ok = true;
  // False: the last rewrite of that file, or the last snapshot, failed.
  bool rewrite_ok = true;

  std::uint32_t replicas = 0;
  std::uint32_t replicas_in_step = 0;

  // The most memory that it may take: `maxmemory`, or where that is not set, three quarters of its
  // machine's.
  std::uint64_t limit() const { return maxmemory != 0 ? maxmemory : system_memory / 4 * 3; }

  friend bool operator==(const ServerVitals&, const ServerVitals&) = default;
};

// Lines that are missing leave their field as it is.
ServerVitals ParseServerVitals(std::string_view info);

}  // namespace usher::store
