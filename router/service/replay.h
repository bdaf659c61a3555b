// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "router/runtime/domain_runtime.h"
#include "router/runtime/told.h"

namespace usher::service {

// The most commits that a resumed stream is told from the log; further back it gets a snapshot.
inline constexpr std::size_t kReplayCommitsMax = 20'000;

using ReplayDone = std::function<void(Result<std::vector<std::shared_ptr<const runtime::Told>>>)>;

// Reads the commits after `after` up to and including `until`, as they were told, without the
// contacts that went with them. Fails with SEQUENCE_TRIMMED or SEQUENCE_AHEAD as ReadCommits does,
// and with REPLAY_TOO_LONG beyond kReplayCommitsMax. `done` is not called after `alive` has gone.
void ReadReplay(runtime::DomainRuntime& runtime, store::CommitSeq after, store::CommitSeq until,
                const std::shared_ptr<void>& alive, ReplayDone done);

}  // namespace usher::service
