// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "router/backup/backup_blocks.h"
#include "router/backup/backup_file.h"
#include "router/store/key_walk.h"

namespace usher::backup {

// Copies keys of one domain as they are, whatever they hold, page by page: no more than a few
// hundred values are in memory at once. A key that grows meanwhile is copied with what it held at
// some moment of that. Waits for Redis.
class KeyCopier {
 public:
  // `prefix` stands before every name: `usher:{acme`.
  KeyCopier(store::KeyWalk& redis, BackupWriter& file, std::string prefix)
      : redis_(redis), file_(file), prefix_(std::move(prefix)) {}

  // Those that are gone are passed over; so are strings that `wants` refuses.
  Result<void> Copy(std::span<const std::string> keys,
                    const std::function<bool(std::string_view value)>& wants = {});
  // Writes out what gathered.
  Result<void> Flush();

  std::uint64_t copied() const { return copied_; }

 private:
  struct Reading;
  Result<void> CopyChunk(std::span<const std::string> keys,
                         const std::function<bool(std::string_view value)>& wants);
  Result<void> Add(const Reading& reading, std::vector<std::string> items, bool begins);
  static store::KeyWalk::Words NextCall(const Reading& reading);
  static std::vector<std::string> TakeItems(Reading& reading, store::RedisReply& reply);

  store::KeyWalk& redis_;
  BackupWriter& file_;
  const std::string prefix_;
  KeysPart part_;
  std::size_t part_bytes_ = 0;
  std::uint64_t copied_ = 0;
};

}  // namespace usher::backup
