// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/io/event_loop.h"
#include "base/time.h"
#include "router/store/inquiry.h"
#include "router/store/redis_client.h"

namespace usher::store {

// Keeps connections to several servers and puts the same questions to all of them at once. Loop
// thread only.
class RedisPanel {
 public:
  using Answered = std::function<void(std::vector<InquiryAnswer>)>;

  // `on_connected`: another member can be asked from now on.
  RedisPanel(io::EventLoop& loop, std::vector<RedisAddress> members,
             std::function<void()> on_connected);

  // Beside those of the constructor; replaces the last ones. Beyond 16 the rest is left out.
  void SetOthers(const std::vector<RedisAddress>& others);

  // Calls back once, later: when all that are connected have answered, or after `limit` with those
  // that have. One inquiry at a time.
  void Ask(const std::vector<std::vector<std::string>>& questions, Duration limit,
           Answered answered);

  std::size_t size() const { return members_.size(); }
  // Why a member that cannot be asked for a reason that somebody must mend is not connected: a
  // wrong password, a certificate. Nothing when there is none.
  std::optional<Error> Refusal() const;

 private:
  struct Member {
    RedisAddress address;
    std::unique_ptr<RedisClient> client;
    bool first = false;  // of the constructor
  };
  struct Round {
    std::vector<InquiryAnswer> answers;
    std::size_t missing = 0;
    Answered answered;
  };

  void Add(const RedisAddress& address, bool first);
  void Put(Member& member, const std::vector<std::vector<std::string>>& questions,
           const std::shared_ptr<Round>& round);
  void End(const std::shared_ptr<Round>& round);

  io::EventLoop& loop_;
  const std::function<void()> on_connected_;
  std::vector<Member> members_;
  io::Timer limit_;
};

}  // namespace usher::store
