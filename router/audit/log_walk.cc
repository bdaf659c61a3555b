// SPDX-License-Identifier: Apache-2.0
#include "router/audit/log_walk.h"

#include <string>
#include <utility>

#include "router/store/loader.h"
#include "router/store/record.h"

namespace usher::audit {

using store::CommitBatch;
using store::CommitSeq;
using store::LogEntry;
using store::RecordKind;
using store::RedisReply;
using store::StoredCommit;

namespace {

constexpr const char* kLogPage = "200";
constexpr const char* kRestore = "restore the last backup; until then no router can load this log";

}  // namespace

Error Moved() {
  return {Code::kAborted, "HISTORY_MOVED", "the log was cut while it was being gone through",
          "try again"};
}

Result<void> LogWalk::Begin() {
  const Result<RedisReply> oldest =
      redis_.Call({"XRANGE", keys_.Log(), "-", "+", "COUNT", "1"}, "reading the log");
  if (!oldest) return oldest.error();
  begun_ = true;
  // An entry of a wrong form is told when it is read.
  const Result<LogEntry> entry = store::ToLogEntry(oldest->At(0));
  if (!entry) return {};
  next_ = entry->seq;
  report_.first_seq = entry->seq;
  if (entry->seq > 1) hash_is_known_ = false;
  return {};
}

Result<void> LogWalk::ReadTo(CommitSeq to, const Take& take) {
  if (!begun_) {
    if (const Result<void> begun = Begin(); !begun) return begun;
  }
  while (next_ <= to) {
    const CommitSeq from = next_;
    const Result<RedisReply> page = redis_.Call({"XRANGE", keys_.Log(), std::to_string(from) + "-0",
                                                 std::to_string(to) + "-0", "COUNT", kLogPage},
                                                "reading the log");
    if (!page) return page.error();
    for (const RedisReply& item : page->items()) {
      if (const Result<void> taken = TakeEntry(item, take); !taken) return taken;
    }
    if (next_ > from) continue;
    const CommitSeq until = page->items().empty() ? to + 1 : next_ + 1;
    if (const Result<void> taken = TakeGap(until, take); !taken) return taken;
  }
  return {};
}

Result<void> LogWalk::TakeEntry(const RedisReply& item, const Take& take) {
  const std::string name = keys_.Log() + ' ' + std::string(item.At(0).text());
  const Result<LogEntry> entry = store::ToLogEntry(item);
  if (!entry) {
    // Whatever it is, it stands where commit next_ should, or between two of them.
    report_.Add({"COMMIT_DAMAGED", name, "it does not have the form of a commit", kRestore});
    return {};
  }
  if (entry->seq < next_) return {};
  if (entry->seq > next_) {
    if (const Result<void> taken = TakeGap(entry->seq, take); !taken) return taken;
  }
  ++report_.counts.commits;
  const CommitSeq seq = next_++;
  Result<CommitBatch> batch = store::FromRecord<CommitBatch>(RecordKind::kCommit, entry->record);
  const bool follows = !hash_is_known_ || store::NextHash(hash_, seq, entry->record) == entry->hash;
  hash_ = entry->hash;
  hash_is_known_ = true;
  if (!batch && batch.error().reason == "RECORD_TOO_NEW") return batch.error();
  if (!batch) {
    report_.Add({"COMMIT_DAMAGED", name, "its bytes fail their check", kRestore});
    return take(seq, nullptr);
  }
  if (!follows) {
    report_.Add({"CHAIN_BROKEN", name,
                 "its hash does not follow from the commit before it: one of the two was changed, "
                 "or belongs to another history",
                 kRestore});
    return take(seq, nullptr);
  }
  const StoredCommit commit{seq, *std::move(batch)};
  return take(seq, &commit);
}

// Everything before `until` is missing. A cut takes the oldest commits and leaves the others.
Result<void> LogWalk::TakeGap(CommitSeq until, const Take& take) {
  const Result<RedisReply> oldest =
      redis_.Call({"XRANGE", keys_.Log(), "-", "+", "COUNT", "1"}, "reading the log");
  if (!oldest) return oldest.error();
  const Result<LogEntry> first = store::ToLogEntry(oldest->At(0));
  if (first && first->seq > next_) return Moved();
  const std::string what = until - next_ == 1 ? "commit " + std::to_string(next_) + " is missing"
                                              : "commits " + std::to_string(next_) + " to " +
                                                    std::to_string(until - 1) + " are missing";
  report_.Add({"COMMIT_MISSING", keys_.Log() + ' ' + std::to_string(next_), what, kRestore});
  next_ = until;
  hash_is_known_ = false;
  return take(until - 1, nullptr);
}

}  // namespace usher::audit
