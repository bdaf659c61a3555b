// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "router/runtime/domain_runtime.h"
#include "router/service/domain_hub.h"
#include "router/service/event_outbox.h"

namespace usher::service {

// The most that a resumed stream is told from the log; further back it gets a snapshot. What is
// within all three fits in the stream's EventOutbox.
inline constexpr std::size_t kReplayCommitsMax = 20'000;
inline constexpr std::size_t kReplayEventsMax = EventOutbox::kEventsMax;
inline constexpr std::size_t kReplayBytesMax = EventOutbox::kBytesMax;

using Replayed = std::vector<std::shared_ptr<const runtime::Told>>;
using ReplayDone = std::function<void(Result<Replayed>)>;

// What becomes of a replay that reaches a bound: refused, or given as far as it goes, at least one
// commit, for a reader that reads on behind it.
enum class LongReplay { kRefused, kInParts };

// Reads the commits after `after` up to and including `until`, as they were told,
// without the contacts that went with them. Fails with SEQUENCE_TRIMMED or SEQUENCE_AHEAD as
// ReadCommits does, and with REPLAY_TOO_LONG beyond the bounds. `done` is not called after `alive`
// has gone.
void ReadReplay(runtime::DomainRuntime& runtime, store::CommitSeq after, store::CommitSeq until,
                LongReplay when_long, const std::shared_ptr<void>& alive, ReplayDone done);

// The events of a replay, in order.
std::vector<EventRef> EventsOf(const Replayed& replayed);

}  // namespace usher::service
