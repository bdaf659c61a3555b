// SPDX-License-Identifier: Apache-2.0
#include "router/store/checkpointer.h"

#include <utility>

#include "base/failpoint.h"
#include "router/store/record.h"
#include "router/store/reply_reader.h"

namespace usher::store {

void Checkpointer::Start(const LogEnd& at, const RowIndex& rows, DoneCallback callback) {
  ++generation_;
  RemoveHalfOne();
  rows_ = &rows;
  callback_ = std::move(callback);
  note_ = {.seq = at.seq, .log_bytes = at.bytes, .at = at.at};
  half_one_ = at.seq;
  head_ = 0;
  queue_ = rows.queues.begin();
  agent_ = rows.agents.begin();
  contact_ = rows.contacts.begin();
  page_.clear();
  SendPage();
}

void Checkpointer::Abandon() {
  ++generation_;
  rows_ = nullptr;
  callback_ = nullptr;
}

bool Checkpointer::NextRow(RowKey& row) {
  const Keys& keys = link_.keys;
  row.field.clear();
  if (head_ < 2) {
    row.key = head_++ == 0 ? keys.Domain() : keys.Config();
  } else if (queue_ != rows_->queues.end()) {
    row = {keys.Queues(), (queue_++)->value()};
  } else if (agent_ != rows_->agents.end()) {
    row.key = keys.Agent(*agent_++);
  } else if (contact_ != rows_->contacts.end()) {
    row.key = keys.Contact(ContactId{(contact_++)->first});
  } else {
    return false;
  }
  return true;
}

// The last page is empty and completes the checkpoint.
void Checkpointer::SendPage() {
  for (RowKey row; page_.size() < kCheckpointPageRows && NextRow(row);) page_.push_back(row);
  const std::string note = page_.empty() ? ToRecord(RecordKind::kCheckpoint, note_) : "";
  std::string& out =
      link_.BeginCall(link_.functions.checkpoint, 3 + page_.size(), 6 + page_.size());
  AppendArgument(link_.keys.Lease(), out);
  AppendArgument(link_.keys.Checkpoints(), out);
  AppendArgument(link_.keys.Checkpoint(note_.seq), out);
  for (const RowKey& row : page_) AppendArgument(row.key, out);
  link_.AppendFence(out);
  AppendArgument(std::to_string(note_.seq), out);
  AppendArgument(std::to_string(note_.rows), out);
  AppendArgument(std::to_string(kCheckpointPageBytes), out);
  AppendArgument(note, out);
  for (const RowKey& row : page_) AppendArgument(row.field, out);
  Reach(Failpoint::kCheckpointSend);
  link_.Send([this, generation = generation_](Result<RedisReply> reply) {
    if (generation != generation_) return;
    if (!reply) return Finish(reply.error());
    OnPage(*reply);
  });
}

void Checkpointer::OnPage(const RedisReply& reply) {
  Reach(Failpoint::kCheckpointReplied);
  if (reply.IsError()) return Finish(ToStoreError(reply, "a checkpoint"));
  if (page_.empty()) {
    half_one_ = 0;
    return Finish(note_);
  }
  const std::size_t copied = reply.At(0).AsUnsigned().value_or(0);
  if (copied == 0 || copied > page_.size()) {
    return Finish(Error{Code::kInternal, "CHECKPOINT_DIVERGED",
                        "a page of a checkpoint was answered with " + std::to_string(copied),
                        "see the log of Redis"});
  }
  note_.rows += copied;
  note_.bytes += reply.At(1).AsUnsigned().value_or(0);
  page_.erase(page_.begin(), page_.begin() + static_cast<std::ptrdiff_t>(copied));
  SendPage();
}

void Checkpointer::Finish(Result<CheckpointNote> result) {
  const DoneCallback callback = std::exchange(callback_, nullptr);
  Abandon();
  if (!result) RemoveHalfOne();
  callback(std::move(result));
}

// Where that fails, the connection or the leadership is gone.
void Checkpointer::RemoveHalfOne() {
  if (half_one_ == 0 || !link_.client.IsConnected()) return;
  link_.Trim(0, DomainLink::TrimTo::kWholeNodes, {{half_one_}}, [](Result<RedisReply>) {});
  half_one_ = 0;
}

}  // namespace usher::store
