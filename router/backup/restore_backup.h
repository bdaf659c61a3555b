// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "router/backup/check_backup.h"
#include "router/store/redis_session.h"
#include "router/store/redis_target.h"

namespace usher::backup {

struct RestoreOptions {
  store::RedisTarget redis;
  std::filesystem::path file;
  std::vector<DomainId> domains;  // of the backup; none: all
  std::optional<DomainId> as;     // another name, of a single domain
  bool replace = false;           // what is there goes first
  // The epoch that the domain gets is above it; may be empty.
  std::function<Result<std::uint64_t>(const DomainId&)> epoch_floor;
  Duration closed_contact_kept{};
  store::Patience patience;  // for everything together
};

struct RestoredDomain {
  DomainId domain;  // its name now
  store::CommitSeq seq = 0;
  Instant at{};             // when it was so
  std::uint64_t epoch = 0;  // that routers will be above
};

// Checks the whole file, then the domains that it is about to restore, and only then writes: first
// a mark into each of them that no router leads it (RESTORE_INCOMPLETE), then what was there is
// removed, then everything is put back, and the mark goes with the last write. A restore that was
// broken off is run again, from the beginning. Waits. Reasons: those of CheckBackup and of
// DomainRestorer; UNKNOWN_DOMAIN, BAD_RESTORE.
Result<std::vector<RestoredDomain>> RestoreBackup(const RestoreOptions& options);

}  // namespace usher::backup
