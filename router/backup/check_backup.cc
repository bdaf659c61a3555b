// SPDX-License-Identifier: Apache-2.0
#include "router/backup/check_backup.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "router/backup/backup_file.h"
#include "router/engine/rows.h"
#include "router/store/record.h"
#include "router/store/row_records.h"

namespace usher::backup {

namespace {

using store::CommitSeq;
using store::RecordKind;

Error Wrong(const std::string& what) {
  return {Code::kDataLoss, "BACKUP_DAMAGED", "the backup does not fit together: " + what,
          "use another backup"};
}

template <class T>
Result<void> CheckRecord(RecordKind kind, std::string_view record) {
  const Result<T> read = store::FromRecord<T>(kind, record);
  return read.ok() ? Result<void>() : Result<void>(read.error());
}

// A checkpoint begins with the counters and the configuration.
Result<void> CheckRow(std::uint64_t index, std::string_view record) {
  const auto kind = static_cast<RecordKind>(store::ClaimedKind(record));
  if (index == 0) return CheckRecord<store::StoredCounters>(RecordKind::kCounters, record);
  if (index == 1) return CheckRecord<store::StoredConfig>(RecordKind::kConfig, record);
  if (kind == RecordKind::kQueue) return CheckRecord<engine::QueueRow>(kind, record);
  if (kind == RecordKind::kAgent) return CheckRecord<engine::AgentRow>(kind, record);
  return CheckRecord<engine::ContactRow>(RecordKind::kContact, record);
}

// Whether the items of a key are as many as its type takes.
bool IsShaped(const KeyPart& key) {
  const std::vector<std::string>& items = key.items;
  switch (key.type) {
    case KeyType::kString:
      return items.size() == 1 && key.begins;
    case KeyType::kHash:
    case KeyType::kZset:
      return items.size() % 2 == 0;
    case KeyType::kList:
    case KeyType::kSet:
      return true;
    case KeyType::kStream:
      break;
    default:
      return false;
  }
  std::size_t at = 0;
  while (at + 1 < items.size()) {
    const std::string& count = items[at + 1];
    if (count.empty() || count.size() > 4 || count.find_first_not_of("0123456789") != count.npos) {
      return false;
    }
    at += 2 + 2 * static_cast<std::size_t>(std::stoul(count));
  }
  return at == items.size();
}

// One domain of the file, part by part.
class DomainCheck {
 public:
  explicit DomainCheck(DomainBegin begin) { summary_.begin = std::move(begin); }

  Result<void> Take(const CommitsPart& part) {
    for (const StoredEntry& entry : part.entries) {
      const Result<store::CommitHash> hash = store::HashFromBytes(entry.hash);
      if (!hash.ok()) return hash.error();
      if (!last_) {
        oldest_ = entry.seq;
        if (entry.seq == 1) before_ = store::FirstHash(DomainId{summary_.begin.domain});
      } else if (entry.seq != *last_ + 1) {
        return Wrong("commit " + std::to_string(*last_ + 1) + " is missing");
      }
      const bool follows = !before_ || store::NextHash(*before_, entry.seq, entry.record) == *hash;
      if (!follows) return Wrong("commit " + std::to_string(entry.seq) + " fails its check");
      Result<void> read = CheckRecord<store::CommitBatch>(RecordKind::kCommit, entry.record);
      if (!read.ok()) return read;
      last_ = entry.seq;
      before_ = *hash;
    }
    return {};
  }

  Result<void> Take(const CheckpointPart& part) {
    if (part.begins) {
      checkpoint_ = part.seq;
      rows_ = 0;
      row_bytes_ = 0;
    }
    if (checkpoint_ != part.seq) return Wrong("a checkpoint goes on that was not begun");
    for (const std::string& record : part.records) {
      if (Result<void> read = CheckRow(rows_, record); !read.ok()) return read;
      ++rows_;
      row_bytes_ += record.size();
    }
    if (!part.note) return {};
    checkpoint_.reset();
    const store::CheckpointNote& note = *part.note;
    if (note.seq != part.seq || note.rows != rows_ || note.bytes != row_bytes_ || rows_ < 2) {
      return Wrong("checkpoint " + std::to_string(part.seq) + " is not complete");
    }
    summary_.checkpoints.insert(note.seq);
    log_bytes_ = note.log_bytes;
    return {};
  }

  Result<void> Take(const KeysPart& part) {
    for (const KeyPart& key : part.keys) {
      const bool is_named = key.name.starts_with("}:") || key.name.starts_with('/');
      if (!is_named || !IsShaped(key)) return Wrong("a key is not as it should be");
      if (key.begins) ++keys_;
    }
    return {};
  }

  Result<DomainSummary> End(DomainEnd end) {
    const CommitSeq newest = summary_.checkpoints.empty() ? 0 : *summary_.checkpoints.rbegin();
    const std::string& name = summary_.begin.domain;
    if (last_.value_or(0) != end.seq || (last_ && end.hash != store::ToBytes(*before_))) {
      return Wrong("the log of domain " + name + " does not end where it should");
    }
    if (newest != end.rows || newest > end.seq || (last_ && oldest_ != end.oldest) ||
        (newest == 0 && oldest_ > 1) || (newest > 0 && newest < oldest_) ||
        (newest > 0 && end.log_bytes != log_bytes_)) {
      return Wrong("domain " + name + " has no state to begin from");
    }
    if (keys_ != end.keys) return Wrong("domain " + name + " lacks keys");
    summary_.end = std::move(end);
    return std::move(summary_);
  }

 private:
  DomainSummary summary_;
  std::optional<CommitSeq> last_;
  CommitSeq oldest_ = 1;
  std::optional<store::CommitHash> before_;
  std::optional<CommitSeq> checkpoint_;  // being read
  std::uint64_t rows_ = 0;
  std::uint64_t row_bytes_ = 0;
  std::uint64_t log_bytes_ = 0;
  std::uint64_t keys_ = 0;
};

template <class Part>
Result<void> TakePart(const Block& block, DomainCheck& domain) {
  const Result<Part> part = ContentOf<Part>(block);
  return part.ok() ? domain.Take(*part) : Result<void>(part.error());
}

class FileCheck {
 public:
  Result<void> Take(const Block& block) {
    if (!has_header_) return TakeHeader(block);
    if (block.kind == BlockKind::kDomainBegin) return BeginDomain(block);
    if (block.kind == BlockKind::kTrailer) return TakeTrailer();
    if (!domain_) return Wrong("a part belongs to no domain");
    switch (block.kind) {
      case BlockKind::kCommits:
        return TakePart<CommitsPart>(block, *domain_);
      case BlockKind::kCheckpoint:
        return TakePart<CheckpointPart>(block, *domain_);
      case BlockKind::kKeys:
        return TakePart<KeysPart>(block, *domain_);
      case BlockKind::kDomainEnd:
        return EndDomain(block);
      default:
        // A later version may know what it is; what it leaves out would be wrong.
        return ContentError(store::DecodeFault::kTooNew);
    }
  }

  BackupSummary summary;

 private:
  Result<void> TakeHeader(const Block& block) {
    if (block.kind != BlockKind::kHeader) return Wrong("it does not begin with its header");
    Result<Header> header = ContentOf<Header>(block);
    if (!header.ok()) return header.error();
    summary.header = *std::move(header);
    has_header_ = true;
    if (summary.header.record_version > store::kRecordVersion) {
      return store::RecordError(store::DecodeFault::kTooNew);
    }
    return {};
  }

  Result<void> BeginDomain(const Block& block) {
    Result<DomainBegin> begin = ContentOf<DomainBegin>(block);
    if (!begin.ok()) return begin.error();
    const std::vector<std::string>& names = summary.header.domains;
    const std::size_t place = summary.domains.size();
    if (domain_ || place >= names.size() || names[place] != begin->domain) {
      return Wrong("its domains are not those that it names");
    }
    domain_.emplace(*std::move(begin));
    return {};
  }

  Result<void> EndDomain(const Block& block) {
    Result<DomainEnd> end = ContentOf<DomainEnd>(block);
    if (!end.ok()) return end.error();
    Result<DomainSummary> ended = domain_->End(*std::move(end));
    if (!ended.ok()) return ended.error();
    summary.domains.push_back(*std::move(ended));
    domain_.reset();
    return {};
  }

  Result<void> TakeTrailer() {
    if (domain_ || summary.domains.size() != summary.header.domains.size()) {
      return Wrong("a domain is not complete");
    }
    return {};
  }

  bool has_header_ = false;
  std::optional<DomainCheck> domain_;
};

}  // namespace

Result<BackupSummary> CheckBackup(const std::filesystem::path& file) {
  Result<std::unique_ptr<BackupReader>> reader = BackupReader::Open(file);
  if (!reader.ok()) return reader.error();
  FileCheck check;
  while (true) {
    const Result<Block> block = (*reader)->Next();
    if (!block.ok()) return block.error();
    if (Result<void> taken = check.Take(*block); !taken.ok()) return taken.error();
    if (block->kind == BlockKind::kTrailer) break;
  }
  check.summary.bytes = (*reader)->bytes();
  return std::move(check.summary);
}

}  // namespace usher::backup
