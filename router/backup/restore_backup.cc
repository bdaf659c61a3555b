// SPDX-License-Identifier: Apache-2.0
#include "router/backup/restore_backup.h"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include <unistd.h>

#include "router/backup/backup_file.h"
#include "router/backup/domain_restorer.h"
#include "router/store/functions.h"
#include "router/store/key_walk.h"

namespace usher::backup {

namespace {

std::string NewRestorerId() {
  std::random_device random;
  return "restore-" + std::to_string(getpid()) + '-' + std::to_string(random());
}

// The domains to restore, with their places in the file.
Result<std::vector<std::size_t>> ChooseDomains(const RestoreOptions& options,
                                               const BackupSummary& backup) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < backup.domains.size(); ++i) {
    const DomainId domain{backup.domains[i].begin.domain};
    const bool wanted = options.domains.empty() || std::ranges::count(options.domains, domain) > 0;
    if (wanted) chosen.push_back(i);
  }
  for (const DomainId& domain : options.domains) {
    if (std::ranges::count(backup.header.domains, domain.value()) == 0) {
      return Error{Code::kNotFound, "UNKNOWN_DOMAIN",
                   "the backup holds no domain " + domain.value(),
                   "see what it holds with `usher backup --verify FILE`"};
    }
  }
  if (options.as && chosen.size() != 1) {
    return Error{
        Code::kInvalidArgument, "BAD_RESTORE",
        "--as gives one domain another name, and there are " + std::to_string(chosen.size()),
        "name the one with --domain"};
  }
  return chosen;
}

template <class Part>
Result<void> TakePart(const Block& block, DomainRestorer& domain) {
  const Result<Part> part = ContentOf<Part>(block);
  return part.ok() ? domain.Take(*part) : Result<void>(part.error());
}

class Restore {
 public:
  Restore(const RestoreOptions& options, const BackupSummary& backup, store::KeyWalk& redis)
      : options_(options), backup_(backup), redis_(redis) {}
  ~Restore() {
    for (auto& [place, domain] : domains_) domain.Abandon();
  }

  Result<void> Begin(const std::vector<std::size_t>& chosen) {
    for (const std::size_t place : chosen) {
      const DomainSummary& domain = backup_.domains[place];
      DomainRestorer::Options options;
      options.as = options_.as.value_or(DomainId{domain.begin.domain});
      options.replace = options_.replace;
      options.backup_id = backup_.header.id;
      options.restorer_id = id_;
      options.closed_contact_kept = options_.closed_contact_kept;
      if (options_.epoch_floor) {
        Result<std::uint64_t> floor = options_.epoch_floor(options.as);
        if (!floor.ok()) return floor.error();
        options.epoch_floor = *floor;
      }
      restored_.push_back({options.as, domain.end.seq, domain.end.at, 0});
      domains_.try_emplace(place, redis_, domain, std::move(options));
    }
    for (auto& [place, domain] : domains_) {
      if (Result<void> free = domain.CheckTarget(); !free.ok()) return free;
    }
    std::size_t next = 0;
    for (auto& [place, domain] : domains_) {
      if (Result<void> begun = domain.Begin(); !begun.ok()) return begun;
      restored_[next++].epoch = domain.epoch();
    }
    return {};
  }

  Result<void> TakeFile() {
    Result<std::unique_ptr<BackupReader>> reader = BackupReader::Open(options_.file);
    if (!reader.ok()) return reader.error();
    while (true) {
      const Result<Block> block = (*reader)->Next();
      if (!block.ok()) return block.error();
      if (block->kind == BlockKind::kTrailer) break;
      if (Result<void> taken = Take(*block); !taken.ok()) return taken;
    }
    // Only now is every byte known to be the one that was checked before.
    while (!domains_.empty()) {
      if (Result<void> whole = domains_.begin()->second.Complete(); !whole.ok()) return whole;
      domains_.erase(domains_.begin());
    }
    return {};
  }

  std::vector<RestoredDomain> TakeRestored() { return std::move(restored_); }

 private:
  Result<void> Take(const Block& block) {
    if (block.kind == BlockKind::kDomainBegin) ++begun_;
    const auto found = begun_ == 0 ? domains_.end() : domains_.find(begun_ - 1);
    if (found == domains_.end()) return {};
    switch (block.kind) {
      case BlockKind::kCommits:
        return TakePart<CommitsPart>(block, found->second);
      case BlockKind::kCheckpoint:
        return TakePart<CheckpointPart>(block, found->second);
      case BlockKind::kKeys:
        return TakePart<KeysPart>(block, found->second);
      default:
        return {};
    }
  }

  const RestoreOptions& options_;
  const BackupSummary& backup_;
  store::KeyWalk& redis_;
  const std::string id_ = NewRestorerId();
  std::map<std::size_t, DomainRestorer> domains_;  // not whole yet, by their place in the file
  std::vector<RestoredDomain> restored_;
  std::size_t begun_ = 0;
};

}  // namespace

Result<std::vector<RestoredDomain>> RestoreBackup(const RestoreOptions& options) {
  const Result<BackupSummary> backup = CheckBackup(options.file);
  if (!backup.ok()) return backup.error();
  const Result<std::vector<std::size_t>> chosen = ChooseDomains(options, *backup);
  if (!chosen.ok()) return chosen.error();
  Result<std::unique_ptr<store::KeyWalk>> redis =
      store::KeyWalk::Open(options.redis, options.patience, {store::DomainFunctions()});
  if (!redis.ok()) return redis.error();
  Restore restore(options, *backup, **redis);
  if (Result<void> begun = restore.Begin(*chosen); !begun.ok()) return begun.error();
  if (Result<void> taken = restore.TakeFile(); !taken.ok()) return taken.error();
  return restore.TakeRestored();
}

}  // namespace usher::backup
