// SPDX-License-Identifier: Apache-2.0
#include "channels/telephony_webhook/command_sender.h"

#include <algorithm>
#include <utility>

#include "base/io/log.h"
#include "channels/cloudevents/signature.h"

namespace usher::telephony_webhook {

namespace {

using cloudevents::CloudEvent;
using Steady = std::chrono::steady_clock;

bool IsTransient(const Result<io::HttpResponse>& answer) {
  if (!answer.ok()) return true;
  return answer->status >= 500 || answer->status == 429 || answer->status == 408;
}

}  // namespace

const char* CommandSender::ToWord(Outcome outcome) {
  switch (outcome) {
    case Outcome::kTaken:
      return "taken";
    case Outcome::kUnknownCall:
      return "unknown-call";
    case Outcome::kGivenUp:
      break;
  }
  return "given-up";
}

CommandSender::CommandSender(io::EventLoop& loop, Options options, Fetch fetch,
                             std::function<Instant()> now, OnOutcome on_outcome)
    : loop_(loop),
      options_(std::move(options)),
      fetch_(std::move(fetch)),
      now_(std::move(now)),
      on_outcome_(std::move(on_outcome)) {}

void CommandSender::Send(CloudEvent command, Keep keep) {
  const std::string call = command.subject;
  auto found = lines_.find(call);
  if (found == lines_.end()) {
    if (lines_.size() >= kCallsMax) return on_outcome_(command, Outcome::kGivenUp);
    found = lines_.emplace(call, std::make_unique<Line>(loop_, options_.backoff, ++seed_)).first;
  }
  Line& line = *found->second;
  if (keep == Keep::kNewest) {
    const auto first = line.commands.begin() + (line.commands.empty() ? 0 : 1);
    const auto waits = std::find_if(first, line.commands.end(), [&](const CloudEvent& one) {
      return one.type == command.type;
    });
    if (waits != line.commands.end()) {
      *waits = std::move(command);
      return;
    }
  }
  if (line.commands.size() >= kPerCallMax) return on_outcome_(command, Outcome::kGivenUp);
  line.commands.push_back(std::move(command));
  if (line.commands.size() > 1) return;
  line.since = Steady::now();
  Ready(call);
}

void CommandSender::Ready(const std::string& call) {
  ready_.push_back(call);
  Pump();
}

void CommandSender::Pump() {
  while (in_flight_ < kInFlightMax && !ready_.empty()) {
    const std::string call = std::move(ready_.front());
    ready_.pop_front();
    Post(call);
  }
}

void CommandSender::Post(const std::string& call) {
  Line& line = *lines_.at(call);
  line.sending = true;
  ++in_flight_;
  const CloudEvent& command = line.commands.front();
  io::HttpClientRequest request;
  request.method = "POST";
  request.url = options_.url;
  request.ca_file = options_.ca_file;
  request.timeout = kAttemptTimeout;
  request.body_bytes_max = 64 << 10;
  request.body = cloudevents::WriteCloudEvent(command, "usher");
  request.headers = cloudevents::Sign(command.id, request.body, options_.secret, now_());
  request.headers.emplace_back("content-type", cloudevents::kContentType);
  fetch_(std::move(request),
         [this, call, alive = std::weak_ptr(alive_)](const Result<io::HttpResponse>& answer) {
           if (!alive.expired()) Answered(call, answer);
         });
}

void CommandSender::Answered(const std::string& call, const Result<io::HttpResponse>& answer) {
  --in_flight_;
  Line& line = *lines_.at(call);
  line.sending = false;
  const bool taken = answer.ok() && answer->status >= 200 && answer->status < 300;
  if (taken) {
    Settle(call, Outcome::kTaken);
  } else if (IsTransient(answer) && Steady::now() - line.since < options_.tried_for) {
    line.retry.Start(line.backoff.Next(), [this, call] { Ready(call); });
  } else {
    const bool unknown = answer.ok() && (answer->status == 404 || answer->status == 410);
    io::Log(io::LogLevel::kWarning, "telephony_command_failed",
            {{"system", options_.system},
             {"type", line.commands.front().type},
             {"status", answer.ok() ? answer->status : 0},
             {"reason", answer.ok() ? std::string() : answer.error().reason}});
    Settle(call, unknown ? Outcome::kUnknownCall : Outcome::kGivenUp);
  }
  Pump();
}

void CommandSender::Settle(const std::string& call, Outcome outcome) {
  const auto found = lines_.find(call);
  Line& line = *found->second;
  const CloudEvent done = std::move(line.commands.front());
  line.commands.pop_front();
  if (line.commands.empty()) {
    lines_.erase(found);
  } else {
    line.since = Steady::now();
    line.backoff.Reset();
    ready_.push_back(call);
  }
  on_outcome_(done, outcome);
}

}  // namespace usher::telephony_webhook
