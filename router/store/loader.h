// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "router/store/commit.h"
#include "router/store/domain_link.h"
#include "router/store/domain_store.h"
#include "router/store/projector.h"

namespace usher::store {

// What a load hands to the store itself, beside the state for its caller.
struct Loaded {
  LoadedState state;
  CommitHash last_hash{};
  std::uint64_t log_bytes = 0;  // see LogWriter::committed_bytes
  ProjectedState projected;
};

// What a router knows of its domain from before a load.
struct SeenBefore {
  bool domain = false;      // it was there, led by this router or by another
  std::uint64_t epoch = 0;  // the highest that this router led with
};

// One load: takes the leadership, makes the new epoch durable, reads the rows, then the log behind
// the watermark with every hash checked, then the replies before it. Calls back once; a load whose
// owner has let go of it calls back no more.
class Loader : public std::enable_shared_from_this<Loader> {
 public:
  using Callback = std::function<void(Result<Loaded>)>;

  Loader(DomainLink& link, const DomainStoreOptions& options, Takeover takeover, SeenBefore seen,
         Callback callback);

  // Needs a connection.
  void Start();
  void Fail(Error error);
  void Abandon() { callback_ = nullptr; }
  bool started() const { return started_; }

 private:
  using Step = void (Loader::*)(const RedisReply& reply);

  // Sends a command; its reply, unless it is a failure, goes to `step`.
  void Ask(std::initializer_list<std::string_view> arguments, const char* doing, Step step);
  RedisClient::ReplyCallback Then(const char* doing, Step step);

  void OnReplication(const RedisReply& reply);
  void OnFsyncMode(const RedisReply& reply);
  void OnLeading(const RedisReply& reply);
  void OnEpochReplicated(const RedisReply& reply);
  void OnDomainRecords(const RedisReply& reply);
  void OnQueueRecords(const RedisReply& reply);
  void ReadQueuePage();
  void OnQueuePage(const RedisReply& reply);
  void OnAway(const RedisReply& reply);
  void OnAgentIds(const RedisReply& reply);
  void ReadAgentPage();
  void OnAgentPage(const RedisReply& reply);
  void ReadContactPages();
  void OnContactPage(const RedisReply& reply);
  void OnWatermarkEntry(const RedisReply& reply);
  void ReadLogPage();
  void OnLogPage(const RedisReply& reply);
  void OnOldestEntry(const RedisReply& reply);
  void OnCheckpoints(const RedisReply& reply);
  void OnParked(const RedisReply& reply);
  void ReadReplyPage();
  void OnReplyPage(const RedisReply& reply);

  // Where a contact's row was found listed.
  struct Listed {
    ContactId contact;
    std::string queue_key;  // empty: away
    std::string member;

    friend auto operator<=>(const Listed&, const Listed&) = default;
  };

  void WarnOfUnknownFsync() const;
  bool KeepEpoch();
  void ReadRows();
  void TakeContact(const Listed& listed, const RedisReply& row);
  void AddStray(const Listed& listed);
  void ParkMisplaced(ContactId contact);
  void Park(const std::string& key, const std::string& field, const Error& why);
  bool TakeLogEntry(const RedisReply& entry);
  void FailLog(const std::string& what);
  void Finish();

  DomainLink& link_;
  const DomainStoreOptions& options_;
  Callback callback_;
  const Takeover takeover_;
  const SeenBefore seen_;
  bool started_ = false;

  bool fsync_unknown_ = false;
  std::uint32_t replicas_ = 0;  // of the server, when the load began
  Loaded loaded_;
  CommitHash hash_{};      // of the last commit taken from the log
  CommitHash end_hash_{};  // that the lease names
  std::vector<QueueId> queue_ids_;
  std::size_t queue_index_ = 0;
  std::size_t queue_offset_ = 0;
  std::vector<std::string> agent_ids_;
  std::size_t agent_index_ = 0;
  std::vector<Listed> listed_;
  std::size_t listed_index_ = 0;                   // the next to be taken
  std::size_t asked_index_ = 0;                    // the next to be asked for
  std::set<ContactId> misplaced_;                  // listed elsewhere
  std::vector<std::vector<ReplyRecord>> replies_;  // latest commit first
  std::size_t reply_commits_ = 0;
  std::size_t reply_bytes_ = 0;
  CommitSeq reply_from_ = 0;
};

// The number of a log entry, and what it holds. DATA_LOSS/RECORD_DAMAGED when it is not as our
// function writes it.
struct LogEntry {
  CommitSeq seq = 0;
  CommitHash hash{};
  std::string_view record;  // into the reply
};
Result<LogEntry> ToLogEntry(const RedisReply& entry);

}  // namespace usher::store
