// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/time.h"

namespace usher::io {

// Waiting times between attempts to connect: each bound is double the last, and the wait is drawn
// evenly from its upper half, so that clients who lost one server do not come back in step.
//
//   Backoff backoff({}, seed);  backoff.Next();  // 50..100 ms, then 100..200 ms, … 2.5..5 s
class Backoff {
 public:
  struct Limits {
    Duration first{100};
    Duration most{5'000};
  };

  // The same seed gives the same waits. Limits must be positive and `first` not above `most`.
  Backoff(Limits limits, std::uint64_t seed);

  Duration Next();
  // After a connection that worked.
  void Reset() { bound_ = limits_.first; }

 private:
  std::uint64_t NextRandom();

  Limits limits_;
  Duration bound_;
  std::uint64_t random_;
};

}  // namespace usher::io
