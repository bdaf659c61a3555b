// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "base/io/backoff.h"
#include "base/io/event_loop.h"
#include "base/time.h"

namespace usher::phone {

// When a connection to a switch is opened: at once, and again with growing pauses whenever it
// failed or was lost, until it is stopped. How is its owner's: `open` begins it, and one of Opened,
// Failed, After or Stop tells what came of it.
//
// Loop thread only.
class Reopening {
 public:
  Reopening(io::EventLoop& loop, io::Backoff::Limits limits, std::uint64_t seed,
            std::function<void()> open)
      : open_(std::move(open)), backoff_(limits, seed), timer_(loop) {}
  Reopening(const Reopening&) = delete;
  Reopening& operator=(const Reopening&) = delete;

  // Again is harmless.
  void Start() {
    if (!std::exchange(running_, true)) Open();
  }
  void Stop() {
    running_ = opening_ = false;
    timer_.Cancel();
  }

  void Opened() {
    opening_ = false;
    backoff_.Reset();
  }
  // Not opened, or lost. The pause before the next attempt.
  Duration Failed() {
    const Duration pause = backoff_.Next();
    After(pause);
    return pause;
  }
  // The next attempt is made then, and none before.
  void After(Duration pause) {
    opening_ = false;
    if (running_) timer_.Start(pause, [this] { Open(); });
  }

  bool running() const { return running_; }

 private:
  void Open() {
    if (!std::exchange(opening_, true)) open_();
  }

  const std::function<void()> open_;
  io::Backoff backoff_;
  io::Timer timer_;
  bool running_ = false;
  bool opening_ = false;
};

}  // namespace usher::phone
