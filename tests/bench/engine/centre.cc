// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/engine/centre.h"

#include <map>
#include <variant>

#include "tests/bench/engine/timing.h"

namespace usher::bench {
namespace {

using engine::Accept;
using engine::Command;
using engine::Complete;
using engine::Event;
using engine::Offered;
using engine::Presence;
using engine::SetPresence;
using engine::SignIn;
using engine::SignOut;

constexpr int kBlock = 128;

}  // namespace

Centre::Centre(const Workload& workload) : workload_(workload) {
  Do(engine::ApplyDomain{workload.Domain(), 1});
  const Shape& shape = workload.shape();
  for (int i = 0; i < shape.agents + shape.spare_agents; ++i) Do(SignIn{AgentName(i)});
  // First everyone gets busy; a few agents may find nobody whom they can serve.
  for (int i = 0; i < 2 * shape.agents || waiting() < static_cast<std::size_t>(shape.waiting);) {
    for (const Command& submit : NextSubmits(kBlock)) {
      Do(submit);
      AcceptAll();
      ++i;
    }
  }
  while (waiting() > static_cast<std::size_t>(shape.waiting)) Release();
}

Pace Centre::Run(double seconds) {
  std::int64_t arrival_ns = 0;
  std::int64_t match_ns = 0;
  std::int64_t blocks = 0;
  const std::uint64_t accepted_before = accepted_;
  std::uint64_t accepted_on_arrival = 0;
  while (static_cast<double>(arrival_ns + match_ns) < seconds * 1e9) {
    const std::vector<Command> submits = NextSubmits(kBlock);
    const std::uint64_t accepted = accepted_;
    std::int64_t from = CpuNs();
    for (const Command& submit : submits) {
      Do(submit);
      AcceptAll();
    }
    arrival_ns += CpuNs() - from;
    accepted_on_arrival += accepted_ - accepted;
    from = CpuNs();
    for (int i = 0; i < kBlock; ++i) Release();
    match_ns += CpuNs() - from;
    ++blocks;
  }
  const auto matches = static_cast<double>(accepted_ - accepted_before - accepted_on_arrival);
  const auto each = static_cast<double>(blocks * kBlock);
  return {.arrival_ns = static_cast<double>(arrival_ns) / each,
          .match_ns = static_cast<double>(match_ns) / matches,
          .matches_per_release = matches / each};
}

// Times single commands by their kind.
class Centre::Stopwatch {
 public:
  explicit Stopwatch(Centre& centre) : centre_(centre) {}

  void Do(const char* kind, const Command& command) {
    const std::int64_t from = SteadyNs();
    centre_.Do(command);
    took_[kind].push_back(SteadyNs() - from);
  }

  std::vector<Latency> Results() {
    std::vector<Latency> results;
    for (auto& [kind, took] : took_) {
      results.push_back({kind, Quantile(took, 0.5), Quantile(took, 0.99), Quantile(took, 1)});
    }
    return results;
  }

 private:
  Centre& centre_;
  std::map<std::string, std::vector<std::int64_t>> took_;
};

std::vector<Centre::Latency> Centre::Latencies(int samples) {
  Stopwatch stopwatch(*this);
  TimeBusy(stopwatch, samples);
  if (workload_.shape().spare_agents > 0) TimeSpare(stopwatch, samples);
  return stopwatch.Results();
}

void Centre::TimeBusy(Stopwatch& stopwatch, int samples) {
  for (int i = 0; i < samples; ++i) {
    stopwatch.Do("Submit that waits", NextSubmits(1).front());
    AcceptAll();
    const ContactId done = busy_.front();
    busy_.pop_front();
    stopwatch.Do("Complete, the next is offered", Complete{.contact = done});
    const std::optional<Accept> accept = AcceptOfOffer();
    if (!accept) continue;
    // She goes away for a moment, and is offered the same contact when she is back.
    if (i % 2 == 0) {
      stopwatch.Do("SetPresence not-ready, offer withdrawn",
                   SetPresence{accept->agent, Presence::kNotReady, ""});
      stopwatch.Do("SetPresence available, offered",
                   SetPresence{accept->agent, Presence::kAvailable, ""});
    } else {
      stopwatch.Do("SignOut, offer withdrawn", SignOut{accept->agent});
      stopwatch.Do("SignIn, offered", SignIn{accept->agent});
    }
    stopwatch.Do("Accept", *accept);
    busy_.push_back(accept->contact);
  }
}

void Centre::TimeSpare(Stopwatch& stopwatch, int samples) {
  for (int i = 0; i < samples; ++i) {
    now_ += Duration{1};
    stopwatch.Do("Submit that is offered at once",
                 workload_.SubmitOf(workload_.SpareWishOf(++arrived_)));
    const std::optional<Accept> accept = AcceptOfOffer();
    if (!accept) continue;
    Do(*accept);
    stopwatch.Do("Complete, nothing waits", Complete{.contact = accept->contact});
    if (i % 2 == 0) {
      stopwatch.Do("SetPresence not-ready, idle",
                   SetPresence{accept->agent, Presence::kNotReady, ""});
      stopwatch.Do("SetPresence available, idle",
                   SetPresence{accept->agent, Presence::kAvailable, ""});
    } else {
      stopwatch.Do("SignOut, idle", SignOut{accept->agent});
      stopwatch.Do("SignIn, idle", SignIn{accept->agent});
    }
  }
}

std::optional<Accept> Centre::AcceptOfOffer() const {
  for (const Event& event : events_) {
    const auto* offered = std::get_if<Offered>(&event.body);
    if (offered != nullptr) return Accept{.contact = offered->contact, .agent = offered->agent};
  }
  return std::nullopt;
}

void Centre::Do(const Command& command) {
  events_.clear();
  engine_.Execute(command, now_, events_);
  if (++commands_ % 1024 == 0) engine_.TakeDirty();
}

// A command of this workload makes at most one offer.
void Centre::AcceptAll() {
  const std::optional<Accept> accept = AcceptOfOffer();
  if (!accept) return;
  Do(*accept);
  busy_.push_back(accept->contact);
  ++accepted_;
}

std::vector<Command> Centre::NextSubmits(int count) {
  std::vector<Command> submits;
  for (int i = 0; i < count; ++i) {
    submits.push_back(workload_.SubmitOf(workload_.WishOf(++arrived_)));
  }
  now_ += Duration{1};
  return submits;
}

// The contact that was taken first is done; its agent is offered the next, and accepts.
void Centre::Release() {
  const ContactId done = busy_.front();
  busy_.pop_front();
  Do(Complete{.contact = done});
  AcceptAll();
}

}  // namespace usher::bench
