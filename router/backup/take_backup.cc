// SPDX-License-Identifier: Apache-2.0
#include "router/backup/take_backup.h"

#include <memory>
#include <random>
#include <utility>

#include "base/io/clock.h"
#include "router/backup/backup_file.h"
#include "router/backup/domain_copier.h"
#include "router/store/key_walk.h"
#include "router/store/record.h"

namespace usher::backup {

namespace {

std::string NewId() {
  std::random_device random;
  constexpr char kHex[] = "0123456789abcdef";
  std::string id;
  for (int i = 0; i < 16; ++i) id.push_back(kHex[random() & 15]);
  return id;
}

Result<std::vector<DomainId>> ChooseDomains(const TakeBackupOptions& options,
                                            store::KeyWalk& redis) {
  if (!options.domains.empty()) return options.domains;
  Result<std::vector<DomainId>> found = redis.FindDomains();
  if (found.ok() && found->empty()) {
    return Error{Code::kNotFound, "UNKNOWN_DOMAIN", "there is no domain in this Redis",
                 "see that --redis or --data names the right one"};
  }
  return found;
}

}  // namespace

Result<BackupSummary> TakeBackup(const TakeBackupOptions& options) {
  Result<std::unique_ptr<store::KeyWalk>> redis =
      store::KeyWalk::Open(options.redis, options.patience);
  if (!redis.ok()) return redis.error();
  const Result<std::vector<DomainId>> domains = ChooseDomains(options, **redis);
  if (!domains.ok()) return domains.error();
  Result<std::unique_ptr<BackupWriter>> file = BackupWriter::Open(options.out);
  if (!file.ok()) return file.error();

  BackupSummary summary;
  summary.header = {NewId(), io::WallClock().Now(), options.version, store::kRecordVersion, {}};
  for (const DomainId& domain : *domains) summary.header.domains.push_back(domain.value());
  if (Result<void> begun = (*file)->Write(BlockKind::kHeader, summary.header); !begun.ok()) {
    return begun.error();
  }
  for (const DomainId& domain : *domains) {
    Result<DomainEnd> copied = DomainCopier(**redis, **file, domain).Copy();
    if (!copied.ok()) return copied.error();
    summary.domains.push_back({{domain.value(), 0}, *std::move(copied), {}});
  }
  if (Result<void> finished = (*file)->Finish(); !finished.ok()) return finished.error();
  summary.bytes = (*file)->bytes();
  return summary;
}

}  // namespace usher::backup
