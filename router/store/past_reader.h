// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "router/engine/rows.h"
#include "router/store/commit.h"
#include "router/store/keys.h"
#include "router/store/redis_address.h"
#include "router/store/redis_session.h"
#include "router/store/redis_target.h"

namespace usher::store {

// Where a fold may begin.
struct PastStart {
  CommitSeq seq = 0;  // the state is the one right after this commit; 0: of a domain without events
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  // Ids below these were given by then; `now` is the instant of the last event.
  std::uint64_t next_contact = 1;
  std::uint64_t next_offer = 1;
  Instant now{};
};

// How far back a domain can be told.
struct PastExtent {
  std::vector<PastStart> starts;  // oldest first; empty: nothing can be told yet
  CommitSeq last_seq = 0;         // of the log
};

// All rows at one commit; hand to Engine::Restore.
struct PastRows {
  bool empty = true;  // the domain had not been applied: an Engine of no rows
  engine::DomainRow domain;
  std::vector<engine::QueueRow> queues;
  std::vector<engine::AgentRow> agents;
  std::vector<engine::ContactRow> contacts;
};

// Reads what a domain was from its checkpoints and its log, over a connection of its own. Needs no
// leadership and writes nothing. Every call waits for Redis; one thread at a time.
//
// The leader may drop what is being read. That is seen, ABORTED/HISTORY_MOVED, and reading anew
// from Extent() helps. What fails its check is DATA_LOSS, as in a load.
class PastReader {
 public:
  static Result<PastReader> Open(const DomainId& domain, const RedisTarget& target,
                                 Patience patience);

  Result<PastExtent> Extent();
  Result<PastRows> ReadRows(const PastStart& start);

  // The commits after `after`, at most a page of them, none at the end of the log; each checked
  // against the hash of the one before, from the first that was asked for on. Ask in order, from a
  // start.
  Result<std::vector<StoredCommit>> ReadCommits(CommitSeq after);

 private:
  PastReader(const DomainId& domain, std::unique_ptr<RedisSession> redis)
      : keys_(domain), domain_(domain), redis_(std::move(redis)) {}

  Result<void> TakeRow(std::string_view record, PastRows& rows) const;
  Result<CommitHash> HashOf(CommitSeq seq);

  Keys keys_;
  DomainId domain_;
  std::unique_ptr<RedisSession> redis_;
  CommitSeq read_to_ = 0;
  std::optional<CommitHash> hash_;  // of commit read_to_
};

}  // namespace usher::store
