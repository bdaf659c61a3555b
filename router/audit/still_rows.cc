// SPDX-License-Identifier: Apache-2.0
#include "router/audit/still_rows.h"

#include <iterator>
#include <optional>
#include <utility>

namespace usher::audit {

using store::KeyWalk;
using store::RedisReply;

namespace {

// Rows are written a few times a second; a page is read in a few milliseconds.
constexpr int kTriesMax = 100;

}  // namespace

Result<StillRows> ReadStill(KeyWalk& redis, const store::Keys& keys,
                            std::span<const KeyWalk::Words> calls, std::string_view doing) {
  const KeyWalk::Words look = {"HGET", keys.Lease(), "projected"};
  std::vector<KeyWalk::Words> all = {look};
  all.insert(all.end(), calls.begin(), calls.end());
  all.push_back(look);
  for (int tries = 0; tries < kTriesMax; ++tries) {
    Result<std::vector<RedisReply>> replies = redis.CallAll(all, doing);
    if (!replies) return replies.error();
    const std::optional<std::uint64_t> before = replies->front().AsUnsigned();
    if (before != replies->back().AsUnsigned()) continue;
    StillRows still;
    still.seq = before.value_or(0);
    still.replies.assign(std::make_move_iterator(replies->begin() + 1),
                         std::make_move_iterator(replies->end() - 1));
    return still;
  }
  return Error{Code::kUnavailable, "ROWS_MOVE",
               "the rows of " + keys.prefix() + " never stood still for as long as a page takes",
               "try again when there is less to do"};
}

}  // namespace usher::audit
