// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/id.h"
#include "base/result.h"
#include "router/engine/engine.h"
#include "router/store/commit.h"
#include "router/store/past_reader.h"
#include "router/store/redis_target.h"

namespace usher::runtime {

// The state right after commit `last`, made from the newest checkpoint that is sound and the log
// behind it, without a look at the rows: for a load that found some of them damaged. It is exact:
// the rows are a projection of the same log. Waits for Redis, over a connection of its own.
//
// DATA_LOSS/NOT_REMADE where no checkpoint leads there, and what the reader says.
Result<engine::Engine> RemakeState(const DomainId& domain, const store::RedisTarget& target,
                                   store::CommitSeq last, store::Patience patience);

}  // namespace usher::runtime
