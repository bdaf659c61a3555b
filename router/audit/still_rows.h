// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "router/store/commit.h"
#include "router/store/key_walk.h"
#include "router/store/keys.h"

namespace usher::audit {

// Replies that all saw the rows as they are at one commit.
struct StillRows {
  store::CommitSeq seq = 0;
  std::vector<store::RedisReply> replies;
};

// Reads rows between two looks at the watermark, again until both are the same: UNAVAILABLE/
// ROWS_MOVE when that never happens.
Result<StillRows> ReadStill(store::KeyWalk& redis, const store::Keys& keys,
                            std::span<const store::KeyWalk::Words> calls, std::string_view doing);

}  // namespace usher::audit
