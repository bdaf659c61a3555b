// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/backup/check_backup.h"
#include "router/store/redis_session.h"
#include "router/store/redis_target.h"

namespace usher::backup {

struct TakeBackupOptions {
  store::RedisTarget redis;
  std::vector<DomainId> domains;  // none: all that have a lease there
  std::filesystem::path out;
  std::string version;       // of this program
  store::Patience patience;  // for everything together
};

// Writes a backup, domain after domain, while routers go on leading them: see DomainCopier. The
// file appears under its name once it is whole. Memory: a few blocks. Gives what is in it. Waits.
Result<BackupSummary> TakeBackup(const TakeBackupOptions& options);

}  // namespace usher::backup
