// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/result.h"
#include "router/engine/rows.h"
#include "router/store/commit.h"

namespace usher::runtime {

// A commit that is durable, as those who watch a domain are told of it.
struct Told {
  store::CommitSeq sequence = 0;
  store::CommitBatch batch;
  // One for each event: the contact right after the decision that made the event, for those that
  // show it (queued, offered, assigned, updated, wrap-up, held, resumed); null for the others and
  // for contacts that were closed by the same decision.
  std::vector<std::shared_ptr<const engine::ContactRow>> contacts;
};

// A place in the log, which may be within a commit: behind `sequence` and the first `events` of the
// commit after it.
struct LogPosition {
  store::CommitSeq sequence = 0;
  std::size_t events = 0;

  bool IsBehind(const Told& told, std::size_t index) const {
    return told.sequence <= sequence || (told.sequence == sequence + 1 && index < events);
  }
};

// Hears of a domain, on the loop's thread. Never called from within a method of DomainRuntime that
// the watcher called.
class Watcher {
 public:
  virtual ~Watcher() = default;

  // Commits come in order and without gaps, from the one after DomainRuntime::told_sequence() at
  // the time of Watch().
  virtual void OnTold(const std::shared_ptr<const Told>& told) = 0;

  // The domain is led here: the engine may be read. What is watched starts anew.
  virtual void OnLeading() {}

  // Not led here any more; the engine is gone, and nothing of what was decided but not told has
  // happened.
  virtual void OnDeposed(const Error& /*why*/) {}
};

}  // namespace usher::runtime
