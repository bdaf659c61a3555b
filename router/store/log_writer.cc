// SPDX-License-Identifier: Apache-2.0
#include "router/store/log_writer.h"

#include <utility>

#include "base/failpoint.h"
#include "router/store/record.h"
#include "router/store/reply_reader.h"

namespace usher::store {

namespace {

Error FailpointError() {
  return {Code::kUnavailable, "FAILPOINT", "a failpoint made the answer to a commit fail",
          "unset USHER_FAILPOINTS"};
}

}  // namespace

LogWriter::LogWriter(DomainLink& link, const DomainStoreOptions& options,
                     std::function<void(Error)> on_failed, std::function<void()> on_progress)
    : link_(link),
      options_(options),
      on_failed_(std::move(on_failed)),
      on_progress_(std::move(on_progress)) {}

void LogWriter::Begin(CommitSeq seq, const CommitHash& hash, std::uint64_t bytes) {
  ForgetCalls();
  waiting_.clear();
  committed_seq_ = seq;
  committed_hash_ = hash;
  committed_bytes_ = bytes;
  loading_functions_ = false;
  loaded_functions_ = false;
}

const CommitHash& LogWriter::HashBefore(std::size_t index) const {
  return index == 0 ? committed_hash_ : waiting_[index - 1].hash;
}

CommitSeq LogWriter::Commit(const CommitBatch& batch, DomainStore::CommitCallback callback) {
  const CommitSeq seq = last_seq() + 1;
  Waiting commit;
  AppendRecord(RecordKind::kCommit, batch, commit.record);
  commit.hash = NextHash(HashBefore(waiting_.size()), seq, commit.record);
  commit.callback = std::move(callback);
  given_bytes_ += commit.record.size();
  waiting_.push_back(std::move(commit));
  Pump();
  return seq;
}

std::uint64_t LogWriter::sent_bytes() const {
  std::uint64_t unsent = 0;
  for (std::size_t i = sent_; i < waiting_.size(); ++i) unsent += waiting_[i].record.size();
  return given_bytes_ - unsent;
}

void LogWriter::Pump() {
  if (loading_functions_) return;
  while (sent_ < waiting_.size() && calls_ < options_.commit_calls_max &&
         link_.client.IsConnected()) {
    std::size_t count = 0;
    std::size_t bytes = 0;
    while (sent_ + count < waiting_.size() && bytes < options_.commit_call_bytes_max) {
      bytes += waiting_[sent_ + count].record.size();
      ++count;
    }
    SendCall(sent_, count);
  }
}

void LogWriter::SendCall(std::size_t first, std::size_t count) {
  std::string& out = link_.BeginCall(link_.functions.commit, 2, 4 + 2 * count);
  AppendArgument(link_.keys.Lease(), out);
  AppendArgument(link_.keys.Log(), out);
  link_.AppendFence(out);
  AppendArgument(std::to_string(committed_seq_ + first + 1), out);
  AppendArgument(ToBytes(HashBefore(first)), out);
  for (std::size_t i = first; i < first + count; ++i) {
    AppendArgument(ToBytes(waiting_[i].hash), out);
    AppendArgument(waiting_[i].record, out);
  }
  sent_ += count;
  ++calls_;
  Reach(Failpoint::kCommitSend);
  // A reply that is an error of the connection is settled by ConnectionLost.
  link_.Send([this, generation = generation_, count](Result<RedisReply> reply) {
    if (reply && generation == generation_) OnAppended(generation, count, *reply);
  });
  Reach(Failpoint::kCommitSent);
  if (options_.durability != Durability::kReplicated || !link_.client.IsConnected()) return;
  const std::uint32_t wanted = link_.replicas_awaited;
  const std::string replicas = std::to_string(link_.replicas_awaited);
  const std::string wait_ms = std::to_string(options_.replica_wait.count());
  link_.Call({"WAIT", replicas, wait_ms},
             [this, generation = generation_, count, wanted](Result<RedisReply> reply) {
               if (reply && generation == generation_) {
                 OnReplicated(generation, count, wanted, *reply);
               }
             });
}

void LogWriter::OnAppended(std::uint64_t generation, std::size_t count, const RedisReply& reply) {
  if (FailsHere(Failpoint::kCommitReplied)) return on_failed_(FailpointError());
  if (reply.IsError()) return OnErrorReply(reply);
  if (options_.durability != Durability::kReplicated) Acknowledge(generation, count);
}

void LogWriter::OnReplicated(std::uint64_t generation, std::size_t count, std::uint32_t wanted,
                             const RedisReply& reply) {
  if (!reply.IsError() && reply.integer() >= std::int64_t{wanted}) {
    return Acknowledge(generation, count);
  }
  on_failed_(
      {Code::kUnavailable, "NOT_REPLICATED",
       "only " + std::to_string(reply.integer()) + " of " + std::to_string(wanted) +
           " replicas confirmed a commit in time",
       "look at the replicas of Redis; whether the commit stands is known after the reload"});
}

void LogWriter::OnErrorReply(const RedisReply& reply) {
  if (!IsFunctionMissing(reply) || loaded_functions_) {
    return on_failed_(ToStoreError(reply, "a commit"));
  }
  // Nothing of this generation was carried out after the server forgot its functions.
  ForgetCalls();
  loading_functions_ = true;
  loaded_functions_ = true;
  link_.LoadFunctions([this, generation = generation_](Result<void> loaded) {
    if (generation != generation_) return;
    loading_functions_ = false;
    if (!loaded) return on_failed_(loaded.error());
    Pump();
  });
}

void LogWriter::Acknowledge(std::uint64_t generation, std::size_t count) {
  loaded_functions_ = false;
  --calls_;
  for (std::size_t i = 0; i < count; ++i) {
    const Waiting done = std::move(waiting_.front());
    waiting_.pop_front();
    --sent_;
    ++committed_seq_;
    committed_hash_ = done.hash;
    committed_bytes_ += done.record.size();
    Reach(Failpoint::kCommitAcknowledged);
    if (done.callback) done.callback(committed_seq_);
    if (generation != generation_) return;  // the callback ended this leadership
  }
  Pump();
  on_progress_();
}

void LogWriter::ForgetCalls() {
  ++generation_;
  sent_ = 0;
  calls_ = 0;
}

void LogWriter::ConnectionLost() {
  ForgetCalls();
  loading_functions_ = false;
}

void LogWriter::Abandon() {
  ForgetCalls();
  waiting_.clear();
}

void LogWriter::Fail(const Error& error) {
  ForgetCalls();
  const std::uint64_t generation = generation_;
  std::deque<Waiting> failed = std::exchange(waiting_, {});
  for (const Waiting& commit : failed) {
    if (commit.callback) commit.callback(error);
    if (generation != generation_) return;
  }
}

}  // namespace usher::store
