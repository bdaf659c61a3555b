// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <vector>

#include "base/result.h"
#include "router/backup/backup_blocks.h"

namespace usher::backup {

// What a backup holds of one domain.
struct DomainSummary {
  DomainBegin begin;
  DomainEnd end;
  std::set<store::CommitSeq> checkpoints;  // those that are complete
};

struct BackupSummary {
  Header header;
  std::vector<DomainSummary> domains;
  std::uint64_t bytes = 0;
};

// Reads a backup from its first byte to its last, in memory for a few blocks, and checks it as far
// as it can be without a Redis: the file (backup_file.h), that each log continues without a gap
// from hash to hash up to the commit that the domain's end names, that its records and the rows of
// its checkpoints can be read, and that there are as many of each as it says. Nothing is restored
// that has not passed. Reasons: those of BackupReader, RECORD_TOO_NEW.
Result<BackupSummary> CheckBackup(const std::filesystem::path& file);

}  // namespace usher::backup
