// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "router/store/commit.h"

namespace usher::store {

// What is kept of a domain's past, and when it is copied and cut (docs/adr/0009).
struct HistoryLimits {
  // The log keeps at least so many commits, or so many bytes where they hold more, and at most
  // about half as many again: it is cut at checkpoints only.
  std::size_t commits_kept = 100'000;
  std::size_t log_bytes_kept = 256u << 20;
  // A checkpoint is due when the log has grown by this, or by twice the size of the last checkpoint
  // where that is more; and always by half of either limit above.
  std::size_t checkpoint_log_bytes = 8u << 20;
};

// A checkpoint that is complete: all rows as they were at commit `seq`, in Keys::Checkpoint(seq).
struct CheckpointNote {
  CommitSeq seq = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;      // of the records
  std::uint64_t log_bytes = 0;  // of the log up to `seq`, as LogEnd counts them
  Instant at{};                 // of the last event then; 1970 where it was not noted

  friend bool operator==(const CheckpointNote&, const CheckpointNote&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "seq", self.seq);
    v(2, "rows", self.rows);
    v(3, "bytes", self.bytes);
    v(4, "log_bytes", self.log_bytes);
    v(5, "at", self.at);
  }
};

// How far the log has come: its last commit, and about how many bytes of records it ever took.
struct LogEnd {
  CommitSeq seq = 0;
  std::uint64_t bytes = 0;
  Instant at{};  // of its last event; 1970 where it is not known
};

// What is kept of a domain's past.
struct HistoryFigures {
  CommitSeq oldest = 0;  // in the log
  Instant oldest_at{};   // 1970 where it is not known
  std::uint64_t commits = 0;
  std::uint64_t log_bytes = 0;  // about, as LogEnd counts them
  std::uint64_t checkpoints = 0;
  std::uint64_t checkpoint_bytes = 0;
};

// The checkpoints of one domain, oldest first, and the two decisions about them: is another one
// due, and what may be given up. What a log kept since its first commit begins from, the state of
// no commit at all, counts as a checkpoint that costs nothing.
//
// The log is never cut behind the oldest checkpoint, so everything in it can be folded from one:
// that is what makes every event that is kept explainable. The only exception is a log that grew to
// twice its limits because a checkpoint failed, or to four times because none was ever completed:
// then routing goes before explaining.
class CheckpointBook {
 public:
  explicit CheckpointBook(const HistoryLimits& limits) : limits_(limits) {}

  // `oldest` is the first commit of the log, of `oldest_at`; `notes` are in order.
  void Begin(std::vector<CheckpointNote> notes, CommitSeq oldest, const LogEnd& end,
             Instant oldest_at = {});

  bool IsDue(const LogEnd& end) const;
  // About how many bytes the next one takes: as many as the last.
  std::uint64_t NextBytes() const { return notes_.empty() ? 0 : notes_.back().bytes; }
  void Add(const CheckpointNote& note);
  // One could not be made: the next is due when the log has grown again.
  void NoteFailure(const LogEnd& end);

  // What nothing hangs on any more.
  struct Cut {
    LogEnd start;                    // the first commit to be kept; 0: nothing may go
    std::vector<CommitSeq> dropped;  // checkpoints
  };
  Cut FindCut(const LogEnd& end) const;
  // Everything before the checkpoint of `seq`, or the first after it, however much is to be kept
  // otherwise: see DomainStore::CutHistory.
  Cut CutBefore(CommitSeq seq) const;
  // The commit of the last checkpoint; 0: none.
  CommitSeq last() const { return notes_.empty() ? 0 : notes_.back().seq; }
  void Apply(const Cut& cut);

  HistoryFigures Figures(const LogEnd& end) const;

 private:
  bool Covers(const CheckpointNote& note, const LogEnd& end) const;
  bool IsStarved(const LogEnd& end) const;

  const HistoryLimits limits_;
  std::vector<CheckpointNote> notes_;
  LogEnd start_;  // of the log
  LogEnd tried_;  // the last failure
};

}  // namespace usher::store
