// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "router/store/checkpoint_book.h"
#include "router/store/checkpointer.h"
#include "router/store/commit.h"
#include "router/store/domain_link.h"
#include "router/store/domain_store.h"
#include "router/store/log_writer.h"
#include "router/store/row_records.h"

namespace usher::store {

// Which member stands in which key of Redis. At the load some may be found without a row; the next
// projection removes them.
struct StrayMember {
  bool in_queue = false;  // else in a plain set
  std::string key;
  std::string member;
};

// What a load found, for the projections that follow it.
struct ProjectedState {
  CommitSeq watermark = 0;
  CommitSeq oldest = 1;  // in the log
  Instant oldest_at{};   // of its first event
  Instant at{};          // of the last event in the rows
  std::optional<std::uint64_t> config_version;
  RowIndex rows;
  std::vector<StrayMember> strays;
  std::vector<CheckpointNote> checkpoints;  // in order
};

// Writes the rows of one leadership behind its log. One projection is under way at a time; what
// comes meanwhile is merged, row by row, into the next. Between two projections the rows stand
// still, exact at one commit: then, when it is due, they are copied as a checkpoint. Also trims the
// log behind the watermark, up to the oldest checkpoint that is worth keeping.
class Projector {
 public:
  Projector(DomainLink& link, const LogWriter& log, const DomainStoreOptions& options,
            std::function<void(Error)> on_failed);

  void Begin(ProjectedState state);

  // Remembers how contacts close in it, which their rows no longer tell.
  void NoteCommit(CommitSeq seq, const std::vector<engine::Event>& events);

  void Project(const RowChanges& changes, CommitSeq seq, DomainStore::DoneCallback callback);

  // A checkpoint of the rows as they are projected, then nothing before it: see
  // DomainStore::CutHistory.
  void CutHistory(HistoryCut cut);

  // Sends what may be sent now: rows wait until their commit is in the log.
  void Pump();
  void ConnectionLost();
  void Fail(const Error& error);
  // Drops everything unanswered.
  void Abandon();

  // The record of a contact that closed in a commit since the last projection that was sent; null
  // for all others. Valid until the next call.
  const std::string* FindClosing(ContactId contact) const;

  CommitSeq watermark() const { return watermark_; }
  HistoryFigures history() const { return book_.Figures(ProjectedEnd()); }

 private:
  struct Contact {
    std::string record;  // empty: closed
    ContactPlace place;
  };
  // Rows that wait to be written; an empty record stands for a row to be deleted.
  struct Gathered {
    CommitSeq seq = 0;
    Instant at{};  // 1970: as before
    std::string counters;
    std::string config;
    std::optional<std::uint64_t> config_version;
    std::map<QueueId, std::string> queues;
    std::map<AgentId, std::string> agents;
    std::map<ContactId, Contact> contacts;
    std::vector<DomainStore::DoneCallback> callbacks;
  };
  struct Closing {
    CommitSeq seq = 0;
    ContactId contact;
    std::string record;
  };
  // The call that is under way, kept to be sent again.
  struct Sending {
    CommitSeq seq = 0;
    Instant at{};
    std::string call;
    std::vector<DomainStore::DoneCallback> callbacks;
    bool sent = false;
  };
  class Writes;

  void Gather(const RowChanges& changes, CommitSeq seq);
  void Compose();
  void ComposeRows(Writes& writes);
  void ComposeAgents(Writes& writes);
  void ComposeContacts(Writes& writes);
  void ComposeClosed(Writes& writes);
  void Move(ContactId contact, const ContactPlace* to, Writes& writes);
  void OnProjected(const RedisReply& reply);
  LogEnd ProjectedEnd() const;
  void Trim();
  void MakeCheckpointIfDue();
  void MakeCheckpoint(const LogEnd& end);
  // The next step of a cut that is asked for, where nothing is under way; false: there is none.
  bool GoOnCutting();
  void DropBefore(CommitSeq seq, const std::function<void(Result<CommitSeq>)>& done);
  void FailCuts(const Error& error);

  DomainLink& link_;
  const LogWriter& log_;
  const DomainStoreOptions& options_;
  const std::function<void(Error)> on_failed_;

  CommitSeq watermark_ = 0;
  Instant projected_at_{};  // of the last event up to it
  std::optional<std::uint64_t> config_version_;
  RowIndex rows_;
  std::vector<StrayMember> strays_;
  std::deque<Closing> closing_;
  CheckpointBook book_;
  Checkpointer checkpointer_;

  std::unique_ptr<Gathered> gathered_;
  std::unique_ptr<Sending> sending_;
  std::uint64_t generation_ = 0;
  bool loading_functions_ = false;
  bool loaded_functions_ = false;
  bool trimming_ = false;
  std::vector<HistoryCut> cuts_;  // that wait for a checkpoint
};

}  // namespace usher::store
