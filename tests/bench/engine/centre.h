// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "router/engine/engine.h"
#include "tests/bench/engine/workload.h"

namespace usher::bench {

// Processor time for one of each.
struct Pace {
  double arrival_ns = 0;
  double match_ns = 0;
  double matches_per_release = 0;  // how many released agents found a contact
};

// The engine alone (no store, no network) in a contact centre whose agents are all busy and where
// `waiting` contacts wait. Rows are collected every 1,024 commands, as a running router does.
class Centre {
 public:
  explicit Centre(const Workload& workload);

  // Arrivals and releases in turn, in blocks, until `seconds` of processor time are spent.
  Pace Run(double seconds);

  struct Latency {
    std::string command;
    double p50_ns = 0;
    double p99_ns = 0;
    double max_ns = 0;
  };
  // Single commands, about `samples` of each kind: of the busy agents, and of the spare ones.
  std::vector<Latency> Latencies(int samples);

  std::size_t waiting() const { return engine_.contact_count() - busy_.size(); }
  const engine::Engine& engine() const { return engine_; }

 private:
  void Do(const engine::Command& command);
  void AcceptAll();
  std::optional<engine::Accept> AcceptOfOffer() const;
  std::vector<engine::Command> NextSubmits(int count);
  void Release();
  class Stopwatch;
  void TimeBusy(Stopwatch& stopwatch, int samples);
  void TimeSpare(Stopwatch& stopwatch, int samples);

  const Workload& workload_;
  engine::Engine engine_;
  Instant now_ = InstantFromUnixMs(1'767'571'200'000);
  std::vector<engine::Event> events_;
  std::deque<ContactId> busy_;  // taken first stands first
  std::uint64_t arrived_ = 0;
  std::uint64_t commands_ = 0;
  std::uint64_t accepted_ = 0;
};

}  // namespace usher::bench
