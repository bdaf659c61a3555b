// SPDX-License-Identifier: Apache-2.0
#include "router/history/history_desk.h"

#include <chrono>
#include <utility>

#include "router/history/past.h"
#include "router/store/past_reader.h"

namespace usher::history {

namespace {

Error Stopping() {
  return {Code::kUnavailable, "STOPPING", "this router is being stopped", "ask another, or later"};
}

}  // namespace

HistoryDesk::HistoryDesk(HistoryOptions options)
    : options_(std::move(options)), thread_([this](const std::stop_token& stop) { Run(stop); }) {}

HistoryDesk::~HistoryDesk() {
  thread_.request_stop();
  thread_.join();
  for (const Waiting& asked : waiting_) asked.done(Stopping());
}

void HistoryDesk::Ask(const DomainId& domain, Instant now, Question question, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < options_.waiting_max) {
      waiting_.push_back({domain, now, std::move(question), std::move(done)});
      changed_.notify_one();
      return;
    }
  }
  done(Error{Code::kResourceExhausted, "HISTORY_BUSY",
             "too many questions about the past wait for an answer", "ask again in a few seconds"});
}

void HistoryDesk::Run(const std::stop_token& stop) {
  while (true) {
    Waiting asked;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
      if (stop.stop_requested()) return;
      asked = std::move(waiting_.front());
      waiting_.pop_front();
    }
    Result<Answer> answer = Find(asked, stop);
    // What was read may have been cut meanwhile; what is left is still good.
    if (!answer && answer.error().reason == "HISTORY_MOVED") answer = Find(asked, stop);
    asked.done(std::move(answer));
  }
}

Result<Answer> HistoryDesk::Find(const Waiting& asked, const std::stop_token& stop) const {
  const auto deadline = std::chrono::steady_clock::now() + options_.time_limit;
  Result<store::PastReader> reader =
      store::PastReader::Open(asked.domain, options_.redis, {.deadline = deadline, .stop = stop});
  if (!reader) return reader.error();
  return Past(*reader, asked.now, options_.rows_bytes_max).Find(asked.question);
}

}  // namespace usher::history
