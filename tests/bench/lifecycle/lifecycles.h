// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "tests/bench/lifecycle/road.h"

namespace usher::bench {

// Takes contacts from submit to complete, each step only after the router has told of the last one.
// On the load's loop.
class Lifecycles final : public RoadListener {
 public:
  using Clock = std::chrono::steady_clock;

  void set_road(Road& road) { road_ = &road; }
  void set_on_ready(std::function<void()> fn) { on_ready_ = std::move(fn); }
  // While true, each completed contact is followed by a new one.
  void set_refill(bool refill) { refill_ = refill; }
  // While true, the time from submit to offer of the contacts submitted is kept.
  void set_timing(bool timing) { timing_ = timing; }

  void Begin();

  std::uint64_t begun() const { return begun_; }
  std::uint64_t submitted() const { return submitted_; }
  std::uint64_t completed() const { return completed_; }
  // In milliseconds.
  const std::vector<double>& waits() const { return waits_; }

 private:
  struct Open {
    Life life;
    Clock::time_point began;
    bool timed = false;
  };

  void OnReady() override { on_ready_(); }
  void OnSubmitted(std::uint64_t) override { ++submitted_; }
  void OnOffered(Life life) override;
  void OnAccepted(std::uint64_t number) override;
  void OnCompleted(std::uint64_t number) override;
  Open& Get(std::uint64_t number);

  Road* road_ = nullptr;
  std::function<void()> on_ready_;
  bool refill_ = false;
  bool timing_ = false;
  std::unordered_map<std::uint64_t, Open> open_;
  std::vector<double> waits_;
  std::uint64_t begun_ = 0;
  std::uint64_t submitted_ = 0;
  std::uint64_t completed_ = 0;
};

}  // namespace usher::bench
