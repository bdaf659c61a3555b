// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>

#include "router/store/checkpoint_book.h"
#include "router/store/domain_link.h"
#include "router/store/row_records.h"

namespace usher::store {

// Which rows stand in Redis.
struct RowIndex {
  std::unordered_map<std::uint64_t, ContactPlace> contacts;
  std::set<AgentId> agents;  // listed in Keys::Agents
  std::set<QueueId> queues;  // with a record in Keys::Queues
};

// Copies all rows of a domain as they stand, inside Redis: only their keys are sent. A page is so
// small (kCheckpointPageRows, kCheckpointPageBytes) that Redis is held for a fraction of a
// millisecond, and commits go between the pages. Nobody may write rows meanwhile: the function
// refuses when the watermark has moved, and the owner of the rows waits while busy().
//
// A checkpoint that is given up (the connection was lost, a row is missing) stays behind without a
// note; the next one removes it before it begins, and so does the next load.
class Checkpointer {
 public:
  using DoneCallback = std::function<void(Result<CheckpointNote>)>;

  explicit Checkpointer(DomainLink& link) : link_(link) {}

  // A new leadership, which knows of nothing that an earlier one began.
  void Begin() {
    Abandon();
    half_one_ = 0;
  }

  // Needs a connection. `rows` must stay as it is while busy().
  void Start(const LogEnd& at, const RowIndex& rows, DoneCallback callback);
  bool busy() const { return rows_ != nullptr; }
  // Gives up without a word.
  void Abandon();

 private:
  struct RowKey {
    std::string key;
    std::string field;  // of a hash; else empty
  };

  bool NextRow(RowKey& row);
  void SendPage();
  void OnPage(const RedisReply& reply);
  void Finish(Result<CheckpointNote> result);
  void RemoveHalfOne();

  DomainLink& link_;
  const RowIndex* rows_ = nullptr;  // null: nothing under way
  DoneCallback callback_;
  CheckpointNote note_;
  CommitSeq half_one_ = 0;  // begun and not completed; 0: none
  std::size_t head_ = 0;    // of counters and configuration
  std::set<QueueId>::const_iterator queue_;
  std::set<AgentId>::const_iterator agent_;
  std::unordered_map<std::uint64_t, ContactPlace>::const_iterator contact_;
  std::deque<RowKey> page_;  // sent, or next to be sent
  std::uint64_t generation_ = 0;
};

inline constexpr std::size_t kCheckpointPageRows = 100;
inline constexpr std::size_t kCheckpointPageBytes = 64u << 10;

}  // namespace usher::store
