// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "router/store/redis_reply.h"
#include "router/store/redis_target.h"

namespace usher::store {

// When to give up: at a moment, or when somebody says so. Both are looked at in every call.
struct Patience {
  std::chrono::steady_clock::time_point deadline;
  std::stop_token stop{};
};

// A connection of one's own whose calls wait for their answers: for work that runs beside the loops
// and may take its time. One thread uses it; a second one, inside, moves the bytes.
class RedisSession {
 public:
  // Dials the server that takes the writes for `key`. UNAVAILABLE/REDIS_UNREACHABLE, or what
  // CheckServerFacts says. As in every call: DEADLINE_EXCEEDED/HISTORY_TIMEOUT after the deadline,
  // UNAVAILABLE/STOPPING when told to stop.
  static Result<std::unique_ptr<RedisSession>> Open(const RedisTarget& target, std::string_view key,
                                                    Patience patience);
  ~RedisSession();
  RedisSession(const RedisSession&) = delete;
  RedisSession& operator=(const RedisSession&) = delete;

  // An error reply of Redis is a failure here; `doing` is for its message.
  Result<RedisReply> Call(const std::vector<std::string>& words, std::string_view doing);

 private:
  class Wire;
  explicit RedisSession(std::unique_ptr<Wire> wire);
  std::unique_ptr<Wire> wire_;
};

}  // namespace usher::store
