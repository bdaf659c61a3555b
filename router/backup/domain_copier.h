// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "router/backup/backup_blocks.h"
#include "router/backup/backup_file.h"
#include "router/backup/key_copier.h"
#include "router/store/key_walk.h"
#include "router/store/keys.h"

namespace usher::backup {

// Copies one domain and its context into a backup while a router leads it, which need not know.
//
// The domain itself is exact at one commit, the last that is copied: the log is followed from the
// oldest state that is still kept, hash by hash, to where it ends when everything else has been
// read; the newest checkpoint in it is where a load begins. So what takes long, the context, comes
// before that commit, never behind it: no timeline knows of a commit that the domain does not have,
// and the position up to which timelines were fed is read before they are, so that a router which
// leads the restored domain feeds the rest from the log, once.
//
// What was begun while the context was read is read again behind that commit: customers created
// since, the conversations of contacts that anything happened to, and all addresses. It may hold a
// few messages more than the domain's last commit knows of, and nothing less.
class DomainCopier {
 public:
  DomainCopier(store::KeyWalk& redis, BackupWriter& file, const DomainId& domain);

  // NOT_FOUND/UNKNOWN_DOMAIN, FAILED_PRECONDITION/RESTORE_INCOMPLETE, UNAVAILABLE/NO_CHECKPOINT
  // (the log has lost its beginning, and no state to begin from is kept yet),
  // DATA_LOSS/LOG_DAMAGED, ABORTED/BACKUP_OVERTAKEN (the log was cut faster than it could be read).
  Result<DomainEnd> Copy();

 private:
  struct LogState {
    std::uint64_t epoch = 0;
    store::CommitSeq seq = 0;
    store::CommitHash hash{};
  };

  Result<LogState> ReadLogState();
  Result<void> ChooseOldest();
  Result<std::vector<store::CheckpointNote>> ReadNotes();
  Result<void> FollowLog(store::CommitSeq to);
  Result<void> KeepUp();
  Result<void> TakeEntries(store::RedisReply& page, store::CommitSeq to);
  Result<void> CopyKeysAtWork();
  Result<void> CopyCheckpoints();
  Result<bool> CopyCheckpoint(const store::CheckpointNote& note);
  Result<void> CopyLateKeys();
  std::string Text(const char* what) const;

  store::KeyWalk& redis_;
  BackupWriter& file_;
  const DomainId domain_;
  const store::Keys keys_;
  KeyCopier copier_;
  Instant began_{};
  store::CommitSeq began_seq_ = 0;
  store::CommitSeq next_ = 1;                // of the log, to be read
  store::CommitSeq oldest_ = 1;              // of the log, that was read
  std::optional<store::CommitHash> hash_{};  // of the commit before `next_`
  std::optional<store::CheckpointNote> rows_;
  std::set<ContactId> touched_;  // since began_seq_
};

}  // namespace usher::backup
