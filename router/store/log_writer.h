// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "router/store/commit.h"
#include "router/store/domain_link.h"
#include "router/store/domain_store.h"

namespace usher::store {

// Appends the commits of one leadership to the log: numbers them, chains their hashes, gathers them
// into pipelined calls, and sends again what a lost connection left in doubt.
class LogWriter {
 public:
  // `on_failed` is told the first failure; the owner then calls Fail. `on_progress` is called when
  // committed_seq() has risen.
  LogWriter(DomainLink& link, const DomainStoreOptions& options,
            std::function<void(Error)> on_failed, std::function<void()> on_progress);

  // A new leadership: the log ends with `seq` and `hash` and took `bytes` so far.
  void Begin(CommitSeq seq, const CommitHash& hash, std::uint64_t bytes);

  CommitSeq Commit(const CommitBatch& batch, DomainStore::CommitCallback callback);
  bool full() const { return waiting_.size() >= options_.commits_waiting_max; }
  std::size_t waiting() const { return waiting_.size(); }
  CommitSeq last_seq() const { return committed_seq_ + waiting_.size(); }
  CommitSeq committed_seq() const { return committed_seq_; }
  // Bytes of all records that the log ever took, about: leaderships that ended without a word may
  // have counted the last quarter of a second twice.
  std::uint64_t committed_bytes() const { return committed_bytes_; }

  // Bytes of all records ever given to Commit, and how many of them have been sent.
  std::uint64_t given_bytes() const { return given_bytes_; }
  std::uint64_t sent_bytes() const;

  // Sends what may be sent now.
  void Pump();
  // Everything under way is in doubt: it is sent again with the next Pump.
  void ConnectionLost();
  // Answers everything that waits, in order.
  void Fail(const Error& error);
  // Drops everything unanswered.
  void Abandon();

 private:
  struct Waiting {
    CommitHash hash;
    std::string record;
    DomainStore::CommitCallback callback;
  };

  void SendCall(std::size_t first, std::size_t count);
  void ForgetCalls();
  void OnAppended(std::uint64_t generation, std::size_t count, const RedisReply& reply);
  void OnReplicated(std::uint64_t generation, std::size_t count, std::uint32_t wanted,
                    const RedisReply& reply);
  void OnErrorReply(const RedisReply& reply);
  void Acknowledge(std::uint64_t generation, std::size_t count);
  const CommitHash& HashBefore(std::size_t index) const;

  DomainLink& link_;
  const DomainStoreOptions& options_;
  const std::function<void(Error)> on_failed_;
  const std::function<void()> on_progress_;

  std::deque<Waiting> waiting_;  // committed_seq_ + 1 is the first
  std::size_t sent_ = 0;         // of these, in calls under way
  std::size_t calls_ = 0;        // under way
  CommitSeq committed_seq_ = 0;
  CommitHash committed_hash_{};
  std::uint64_t committed_bytes_ = 0;
  std::uint64_t given_bytes_ = 0;  // in this leadership and those before
  // Replies to calls of an earlier generation say nothing that still matters.
  std::uint64_t generation_ = 0;
  bool loading_functions_ = false;
  bool loaded_functions_ = false;  // since the last success; once is enough
};

}  // namespace usher::store
