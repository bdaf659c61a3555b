// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "router/history/answers.h"
#include "router/store/redis_target.h"

namespace usher::history {

struct HistoryOptions {
  store::RedisTarget redis;
  Duration time_limit{10'000};              // of one answer, then HISTORY_TIMEOUT
  std::size_t waiting_max = 8;              // questions; one more is refused, HISTORY_BUSY
  std::size_t rows_bytes_max = 512u << 20;  // of one checkpoint; the engine takes about twice that
};

// Where people ask about the past. One question at a time is answered, on a thread of its own with
// a connection of its own, so that no question, however large the domain, delays routing: all that
// routing notices is that Redis is read in small pages. Questions of all domains wait in one short
// queue.
class HistoryDesk {
 public:
  using Done = std::function<void(Result<Answer>)>;

  explicit HistoryDesk(HistoryOptions options);
  // Breaks off what is under way; all who wait are answered UNAVAILABLE/STOPPING.
  ~HistoryDesk();
  HistoryDesk(const HistoryDesk&) = delete;
  HistoryDesk& operator=(const HistoryDesk&) = delete;

  // Any thread. `now` is the instant up to which may be asked. `done` is called once, on the desk's
  // thread, or at once on the caller's where there is no room (RESOURCE_EXHAUSTED/HISTORY_BUSY).
  void Ask(const DomainId& domain, Instant now, Question question, Done done);

 private:
  struct Waiting {
    DomainId domain;
    Instant now{};
    Question question;
    Done done;
  };

  void Run(const std::stop_token& stop);
  Result<Answer> Find(const Waiting& asked, const std::stop_token& stop) const;

  const HistoryOptions options_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Waiting> waiting_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace usher::history
