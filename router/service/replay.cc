// SPDX-License-Identifier: Apache-2.0
#include "router/service/replay.h"

#include <algorithm>
#include <string>
#include <utility>

namespace usher::service {

namespace {

constexpr std::size_t kPageCommits = 1'000;

struct Replay {
  runtime::DomainRuntime& runtime;
  store::CommitSeq until;
  std::weak_ptr<void> alive;
  ReplayDone done;
  std::vector<std::shared_ptr<const runtime::Told>> told;
};

void ReadPage(const std::shared_ptr<Replay>& replay, store::CommitSeq after) {
  if (after >= replay->until) {
    replay->done(std::move(replay->told));
    return;
  }
  const std::size_t limit = std::min<std::size_t>(kPageCommits, replay->until - after);
  replay->runtime.ReadCommits(after, limit, [replay, after](Result<store::CommitPage> page) {
    if (replay->alive.expired()) return;
    if (!page.ok()) return replay->done(page.error());
    if (page->commits.empty()) {
      return replay->done(Error{Code::kUnavailable, "LOG_SHORT",
                                "the log ends before commit " + std::to_string(replay->until),
                                "connect again"});
    }
    for (store::StoredCommit& commit : page->commits) {
      auto told = std::make_shared<runtime::Told>();
      told->sequence = commit.seq;
      told->batch = std::move(commit.batch);
      told->contacts.resize(told->batch.events.size());
      replay->told.push_back(std::move(told));
    }
    ReadPage(replay, std::max(after, replay->told.back()->sequence));
  });
}

}  // namespace

void ReadReplay(runtime::DomainRuntime& runtime, store::CommitSeq after, store::CommitSeq until,
                const std::shared_ptr<void>& alive, ReplayDone done) {
  if (after > until) {
    done(Error{Code::kInvalidArgument, "SEQUENCE_AHEAD",
               "sequence " + std::to_string(after) + " has not happened; the last is " +
                   std::to_string(until),
               "resume after a sequence that this domain told you"});
    return;
  }
  if (until - after > kReplayCommitsMax) {
    done(Error{
        Code::kFailedPrecondition, "REPLAY_TOO_LONG",
        std::to_string(until - after) + " commits lie behind sequence " + std::to_string(after),
        "start anew without a sequence"});
    return;
  }
  ReadPage(std::make_shared<Replay>(Replay{runtime, until, alive, std::move(done), {}}), after);
}

}  // namespace usher::service
