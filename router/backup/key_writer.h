// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "router/backup/backup_blocks.h"
#include "router/store/key_walk.h"

namespace usher::backup {

// Puts keys back as they were, many calls at once. Waits for Redis.
class KeyWriter {
 public:
  // `prefix` stands before every name: `usher:{acme`.
  KeyWriter(store::KeyWalk& redis, std::string prefix)
      : redis_(redis), prefix_(std::move(prefix)) {}

  // What has expired since is left out.
  Result<void> Write(const KeysPart& part, Instant now);

 private:
  void Add(const KeyPart& key, Instant now);

  store::KeyWalk& redis_;
  const std::string prefix_;
  std::vector<store::KeyWalk::Words> calls_;
};

}  // namespace usher::backup
