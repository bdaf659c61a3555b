// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "tests/bench/engine/centre.h"
#include "tests/bench/engine/workload.h"

namespace usher::bench {

// The yardstick: the same work by looking at everybody. No events, no offers, no timers, no rows,
// plain arrays: an arrival looks at every agent for a free one, a release at every contact that
// waits for the first that the agent can serve. It only finds who gets whom.
class NaiveCentre {
 public:
  explicit NaiveCentre(const Workload& workload);

  // As Centre::Run; at least a few of each, whatever they take.
  Pace Run(double seconds);

 private:
  struct Agent {
    std::vector<bool> queues;
    std::vector<int> levels;
    std::int64_t idle_since = 0;
    bool busy = true;
  };
  struct Contact {
    Wish wish;
    std::int64_t due = 0;
    std::uint64_t sequence = 0;
  };

  static bool Serves(const Agent& agent, const Wish& wish);
  void Arrive();
  void Release();

  const Workload& workload_;
  std::vector<Agent> agents_;
  std::vector<Contact> waiting_;
  std::size_t next_ = 0;
  std::uint64_t arrived_ = 0;
  std::int64_t now_ = 0;
};

}  // namespace usher::bench
