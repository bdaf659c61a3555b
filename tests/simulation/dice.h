// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "base/time.h"

namespace usher::engine::simulation {

// Every choice of a simulated world comes from here. The sequence is fixed by the C++ standard, so
// a seed makes the same world with every compiler; throw once per statement, for the order in which
// a compiler evaluates arguments is not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  std::uint64_t Below(std::uint64_t bound) { return random_() % bound; }  // bound > 0
  bool OneIn(std::uint64_t n) { return Below(n) == 0; }
  // From `least` to `most`, both included.
  std::int32_t Between(std::int32_t least, std::int32_t most) {
    return least + static_cast<std::int32_t>(Below(static_cast<std::uint64_t>(most - least) + 1));
  }
  Duration Seconds(std::int32_t least, std::int32_t most) {
    return std::chrono::seconds{Between(least, most)};
  }
  template <class List>
  const auto& Of(const List& list) {
    return list[Below(list.size())];
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace usher::engine::simulation
