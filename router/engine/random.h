// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace usher::engine {

// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
// Its whole state is one number, which events carry, so that a replay draws the same.
struct Draw {
  std::uint64_t state = 0;  // after the draw
  std::uint64_t value = 0;
};

constexpr Draw DrawAfter(std::uint64_t state) {
  state += 0x9E3779B97F4A7C15ull;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return {state, z ^ (z >> 31)};
}

}  // namespace usher::engine
