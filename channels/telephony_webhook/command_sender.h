// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/io/backoff.h"
#include "base/io/event_loop.h"
#include "base/io/http_client.h"
#include "base/result.h"
#include "base/time.h"
#include "channels/cloudevents/cloud_event.h"

namespace usher::telephony_webhook {

// Commands to one telephone system, each a signed POST. Those of one call are sent one after the
// other, each until it is taken (2xx) or given up; those of different calls meanwhile. A command is
// sent again under its own id, so that the system can leave out what it has done already.
//
// Loop thread only.
class CommandSender {
 public:
  static constexpr std::size_t kPerCallMax = 16;     // that wait for one call
  static constexpr std::size_t kCallsMax = 20'000;   // with commands that wait
  static constexpr std::size_t kInFlightMax = 64;    // requests at once
  static constexpr Duration kAttemptTimeout{5'000};  // of one request
  static constexpr Duration kTriedFor{60'000};       // then it is given up

  enum class Outcome {
    kTaken,
    kUnknownCall,  // 404 or 410: the system has no such call
    kGivenUp,      // any other refusal, no answer for kTriedFor, or too much waits
  };
  static const char* ToWord(Outcome outcome);

  using Fetch =
      std::function<void(io::HttpClientRequest, std::function<void(Result<io::HttpResponse>)>)>;
  using OnOutcome = std::function<void(const cloudevents::CloudEvent&, Outcome)>;

  struct Options {
    std::string system{};  // for the log
    std::string url{};
    std::string ca_file{};
    std::string secret{};
    io::Backoff::Limits backoff{Duration{250}, Duration{8'000}};
    Duration tried_for = kTriedFor;
  };

  // `fetch` does one exchange, as io::HttpFetch does; `now` is the time of signing.
  CommandSender(io::EventLoop& loop, Options options, Fetch fetch, std::function<Instant()> now,
                OnOutcome on_outcome);
  CommandSender(const CommandSender&) = delete;
  CommandSender& operator=(const CommandSender&) = delete;

  enum class Keep {
    kEach,
    kNewest,  // takes the place of what waits of its type
  };
  // `command.subject` is the call.
  void Send(cloudevents::CloudEvent command, Keep keep = Keep::kEach);

  std::size_t calls() const { return lines_.size(); }

 private:
  struct Line {
    explicit Line(io::EventLoop& loop, io::Backoff::Limits limits, std::uint64_t seed)
        : retry(loop), backoff(limits, seed) {}
    std::deque<cloudevents::CloudEvent> commands;   // the first is being sent, or is next
    std::chrono::steady_clock::time_point since{};  // the first was tried first
    bool sending = false;
    io::Timer retry;
    io::Backoff backoff;
  };

  void Ready(const std::string& call);
  void Pump();
  void Post(const std::string& call);
  void Answered(const std::string& call, const Result<io::HttpResponse>& answer);
  void Settle(const std::string& call, Outcome outcome);

  io::EventLoop& loop_;
  const Options options_;
  const Fetch fetch_;
  const std::function<Instant()> now_;
  const OnOutcome on_outcome_;
  std::map<std::string, std::unique_ptr<Line>> lines_;  // by call
  std::deque<std::string> ready_;
  std::size_t in_flight_ = 0;
  std::uint64_t seed_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace usher::telephony_webhook
