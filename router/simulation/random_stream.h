// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "router/engine/random.h"

namespace usher::simulation {

// A key names who draws; RandomStream adds what for. What one customer draws depends on nothing but
// her key, so two simulations that differ only in routing meet the very same customers: common
// random numbers, which make their difference far surer than either result.
using RandomKey = std::uint64_t;

constexpr RandomKey Under(RandomKey key, std::uint64_t part) {
  return engine::DrawAfter(engine::DrawAfter(key).value ^ part).value;
}

// By the bytes of the name (FNV-1a), so that a name more in the file changes no other's draws.
constexpr RandomKey Under(RandomKey key, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  }
  return Under(key, hash);
}

// What a draw is for. The order is part of what a seed means.
enum class Purpose : std::uint8_t {
  kArrival = 1,
  kFacts,
  kPatience,
  kHandle,
  kEnd,  // transfer or complete
  kHold,
  kWrapUp,
  kRedial,
  kAnswer,
  kReturn,
  kConsole,
};

// The draws of one key for one purpose; `number` tells a second conversation from the first.
class RandomStream {
 public:
  RandomStream(RandomKey key, Purpose purpose, std::uint32_t number = 0)
      : state_(Under(key, (std::uint64_t{number} << 8) | static_cast<std::uint8_t>(purpose))) {}

  // Above 0, at most 1, with 53 random bits.
  double Fraction() {
    const engine::Draw draw = engine::DrawAfter(state_);
    state_ = draw.state;
    return static_cast<double>((draw.value >> 11) + 1) * 0x1p-53;
  }

  // Whether a chance in hundredths of a percent comes true.
  bool Happens(std::int32_t basis_points) { return Fraction() * 10'000 <= basis_points; }

 private:
  std::uint64_t state_;
};

}  // namespace usher::simulation
