// SPDX-License-Identifier: Apache-2.0
#include "router/store/past_reader.h"

#include <algorithm>
#include <utility>

#include "router/store/checkpoint_book.h"
#include "router/store/loader.h"
#include "router/store/record.h"
#include "router/store/row_records.h"

namespace usher::store {

namespace {

constexpr std::size_t kRowPage = 500;
constexpr const char* kLogPage = "200";

Error Moved() {
  return {Code::kAborted, "HISTORY_MOVED", "the past was cut while it was being read", "ask again"};
}

template <class T>
Result<void> Take(RecordKind kind, std::string_view record, std::vector<T>& into) {
  Result<T> row = FromRecord<T>(kind, record);
  if (!row) return row.error();
  into.push_back(*std::move(row));
  return {};
}

}  // namespace

Result<PastReader> PastReader::Open(const DomainId& domain, const RedisTarget& target,
                                    Patience patience) {
  Result<std::unique_ptr<RedisSession>> redis =
      RedisSession::Open(target, Keys(domain).Lease(), std::move(patience));
  if (!redis) return redis.error();
  return PastReader(domain, *std::move(redis));
}

Result<PastExtent> PastReader::Extent() {
  const Result<RedisReply> seq = redis_->Call({"HGET", keys_.Lease(), "seq"}, "reading the log");
  if (!seq) return seq.error();
  const Result<RedisReply> oldest =
      redis_->Call({"XRANGE", keys_.Log(), "-", "+", "COUNT", "1"}, "reading the log");
  if (!oldest) return oldest.error();
  const Result<RedisReply> notes =
      redis_->Call({"HGETALL", keys_.Checkpoints()}, "reading the checkpoints");
  if (!notes) return notes.error();

  PastExtent extent;
  extent.last_seq = seq->AsUnsigned().value_or(0);
  const Result<LogEntry> first = ToLogEntry(oldest->At(0));
  if (!first) return extent.last_seq == 0 ? Result<PastExtent>(extent) : Moved();
  if (first->seq == 1) extent.starts.emplace_back();
  for (std::size_t i = 1; i < notes->items().size(); i += 2) {
    const std::string_view record = notes->At(i).text();
    if (record.empty()) continue;  // being made
    const Result<CheckpointNote> note = FromRecord<CheckpointNote>(RecordKind::kCheckpoint, record);
    // A damaged one is of no use, as to a load; usher verify names it.
    if (!note) continue;
    const Result<RedisReply> head =
        redis_->Call({"LINDEX", keys_.Checkpoint(note->seq), "0"}, "reading a checkpoint");
    if (!head) return head.error();
    if (head->IsNil()) continue;  // dropped meanwhile
    const Result<StoredCounters> counters =
        FromRecord<StoredCounters>(RecordKind::kCounters, head->text());
    if (!counters) continue;
    extent.starts.push_back({note->seq, note->rows, note->bytes, counters->next_contact,
                             counters->next_offer, counters->now});
  }
  std::ranges::sort(extent.starts, {}, &PastStart::seq);
  return extent;
}

Result<PastRows> PastReader::ReadRows(const PastStart& start) {
  PastRows rows;
  if (start.seq == 0) return rows;
  const std::string key = keys_.Checkpoint(start.seq);
  const Result<RedisReply> head = redis_->Call({"LRANGE", key, "0", "1"}, "reading a checkpoint");
  if (!head) return head.error();
  if (head->items().size() != 2) return Moved();
  const Result<StoredCounters> counters =
      FromRecord<StoredCounters>(RecordKind::kCounters, head->At(0).text());
  Result<StoredConfig> config = FromRecord<StoredConfig>(RecordKind::kConfig, head->At(1).text());
  if (!counters) return counters.error();
  if (!config) return config.error();
  rows.domain = ToDomainRow(*std::move(config), *counters);
  rows.empty = false;
  for (std::uint64_t at = 2; at < start.rows; at += kRowPage) {
    const std::uint64_t last = std::min<std::uint64_t>(at + kRowPage, start.rows) - 1;
    const Result<RedisReply> page = redis_->Call(
        {"LRANGE", key, std::to_string(at), std::to_string(last)}, "reading a checkpoint");
    if (!page) return page.error();
    if (page->items().size() != last - at + 1) return Moved();
    for (const RedisReply& record : page->items()) {
      if (const Result<void> taken = TakeRow(record.text(), rows); !taken) return taken.error();
    }
  }
  // In the order of a load.
  std::ranges::sort(rows.queues, {}, &engine::QueueRow::id);
  std::ranges::sort(rows.agents, {}, &engine::AgentRow::id);
  std::ranges::sort(rows.contacts, {}, &engine::ContactRow::id);
  return rows;
}

Result<void> PastReader::TakeRow(std::string_view record, PastRows& rows) const {
  switch (const auto kind = static_cast<RecordKind>(ClaimedKind(record)); kind) {
    case RecordKind::kQueue:
      return Take(kind, record, rows.queues);
    case RecordKind::kAgent:
      return Take(kind, record, rows.agents);
    case RecordKind::kContact:
      return Take(kind, record, rows.contacts);
    default:
      return RecordError(DecodeFault::kDamaged);
  }
}

Result<CommitHash> PastReader::HashOf(CommitSeq seq) {
  if (seq == 0) return FirstHash(domain_);
  const std::string id = std::to_string(seq) + "-0";
  const Result<RedisReply> reply = redis_->Call({"XRANGE", keys_.Log(), id, id}, "reading the log");
  if (!reply) return reply.error();
  const Result<LogEntry> entry = ToLogEntry(reply->At(0));
  if (!entry) return Moved();
  return entry->hash;
}

Result<std::vector<StoredCommit>> PastReader::ReadCommits(CommitSeq after) {
  if (!hash_ || read_to_ != after) {
    const Result<CommitHash> hash = HashOf(after);
    if (!hash) return hash.error();
    hash_ = *hash;
    read_to_ = after;
  }
  const std::string from = std::to_string(after + 1) + "-0";
  const Result<RedisReply> page =
      redis_->Call({"XRANGE", keys_.Log(), from, "+", "COUNT", kLogPage}, "reading the log");
  if (!page) return page.error();
  std::vector<StoredCommit> commits;
  for (const RedisReply& item : page->items()) {
    const Result<LogEntry> entry = ToLogEntry(item);
    if (!entry) return entry.error();
    if (entry->seq != read_to_ + 1) return Moved();
    hash_ = NextHash(*hash_, entry->seq, entry->record);
    if (*hash_ != entry->hash) return RecordError(DecodeFault::kDamaged);
    Result<CommitBatch> batch = FromRecord<CommitBatch>(RecordKind::kCommit, entry->record);
    if (!batch) return batch.error();
    read_to_ = entry->seq;
    commits.push_back({entry->seq, *std::move(batch)});
  }
  return commits;
}

}  // namespace usher::store
