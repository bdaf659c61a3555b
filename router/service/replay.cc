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
  LongReplay when_long;
  std::weak_ptr<void> alive;
  ReplayDone done;
  Replayed told;
  std::size_t events = 0;
  std::size_t bytes = 0;
};

Error TooLong(store::CommitSeq after) {
  return {Code::kFailedPrecondition, "REPLAY_TOO_LONG",
          "more lies behind sequence " + std::to_string(after) + " than is told again",
          "start anew without a sequence"};
}

// False when that would be more than is told again.
bool Take(Replay& replay, store::StoredCommit&& commit) {
  auto told = std::make_shared<runtime::Told>();
  told->sequence = commit.seq;
  told->batch = std::move(commit.batch);
  told->contacts.resize(told->batch.events.size());
  replay.events += told->batch.events.size();
  replay.bytes += ApproximateBytes(*told);
  const bool fits = replay.events <= kReplayEventsMax && replay.bytes <= kReplayBytesMax;
  if (!fits && (replay.when_long == LongReplay::kRefused || !replay.told.empty())) return false;
  replay.told.push_back(std::move(told));
  return true;
}

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
      if (Take(*replay, std::move(commit))) continue;
      if (replay->when_long == LongReplay::kRefused) return replay->done(TooLong(after));
      return replay->done(std::move(replay->told));
    }
    ReadPage(replay, std::max(after, replay->told.back()->sequence));
  });
}

}  // namespace

void ReadReplay(runtime::DomainRuntime& runtime, store::CommitSeq after, store::CommitSeq until,
                LongReplay when_long, const std::shared_ptr<void>& alive, ReplayDone done) {
  if (after > until) {
    done(Error{Code::kInvalidArgument, "SEQUENCE_AHEAD",
               "sequence " + std::to_string(after) + " has not happened; the last is " +
                   std::to_string(until),
               "resume after a sequence that this domain told you"});
    return;
  }
  if (until - after > kReplayCommitsMax) {
    done(TooLong(after));
    return;
  }
  Replay replay{.runtime = runtime,
                .until = until,
                .when_long = when_long,
                .alive = alive,
                .done = std::move(done),
                .told = {}};
  ReadPage(std::make_shared<Replay>(std::move(replay)), after);
}

std::vector<EventRef> EventsOf(const Replayed& replayed) {
  std::vector<EventRef> events;
  for (const auto& told : replayed) {
    const std::size_t bytes = ApproximateBytes(*told);
    for (std::size_t i = 0; i < told->batch.events.size(); ++i) events.push_back({told, i, bytes});
  }
  return events;
}

}  // namespace usher::service
