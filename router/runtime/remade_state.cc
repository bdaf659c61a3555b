// SPDX-License-Identifier: Apache-2.0
#include "router/runtime/remade_state.h"

#include <utility>
#include <vector>

#include "router/engine/check_rows.h"

namespace usher::runtime {

namespace {

Error NotRemade(const DomainId& domain) {
  return {Code::kDataLoss, "NOT_REMADE",
          "nothing sound leads to the end of the log of domain " + domain.value(),
          "run usher verify, and restore a backup if more is affected"};
}

Result<engine::Engine> Restore(store::PastReader& past, const store::PastStart& start) {
  Result<store::PastRows> rows = past.ReadRows(start);
  if (!rows) return rows.error();
  if (rows->empty) return engine::Engine();
  // A checkpoint copies rows as they are, damage too.
  if (!CheckRows(rows->domain, rows->queues, rows->agents, rows->contacts).empty()) {
    return Error{Code::kDataLoss, "CHECKPOINT_UNSOUND", "a checkpoint contradicts itself",
                 "run usher verify"};
  }
  return engine::Engine::Restore(std::move(rows->domain), std::move(rows->queues),
                                 std::move(rows->agents), std::move(rows->contacts));
}

Result<void> Fold(store::PastReader& past, store::CommitSeq after, store::CommitSeq last,
                  engine::Engine& engine) {
  while (after < last) {
    const Result<std::vector<store::StoredCommit>> page = past.ReadCommits(after);
    if (!page) return page.error();
    if (page->empty()) {
      return Error{Code::kDataLoss, "LOG_DAMAGED", "the log ends early", "run usher verify"};
    }
    for (const store::StoredCommit& commit : *page) {
      if (commit.seq > last) return {};
      for (const engine::Event& event : commit.batch.events) engine.Evolve(event);
    }
    after = page->back().seq;
  }
  return {};
}

}  // namespace

Result<engine::Engine> RemakeState(const DomainId& domain, const store::RedisTarget& target,
                                   store::CommitSeq last, store::Patience patience) {
  Result<store::PastReader> past = store::PastReader::Open(domain, target, std::move(patience));
  if (!past) return past.error();
  const Result<store::PastExtent> extent = past->Extent();
  if (!extent) return extent.error();
  for (auto start = extent->starts.rbegin(); start != extent->starts.rend(); ++start) {
    if (start->seq > last) continue;
    Result<engine::Engine> engine = Restore(*past, *start);
    if (!engine && engine.error().code != Code::kDataLoss) return engine.error();
    if (!engine) continue;
    const Result<void> folded = Fold(*past, start->seq, last, *engine);
    if (folded) return engine;
    if (folded.error().code != Code::kDataLoss) return folded.error();
  }
  return NotRemade(domain);
}

}  // namespace usher::runtime
