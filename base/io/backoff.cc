// SPDX-License-Identifier: Apache-2.0
#include "base/io/backoff.h"

#include <algorithm>

#include "base/check.h"

namespace usher::io {

Backoff::Backoff(Limits limits, std::uint64_t seed)
    : limits_(limits), bound_(limits.first), random_(seed) {
  USHER_CHECK(limits.first > Duration{0} && limits.first <= limits.most, "backoff limits");
}

Duration Backoff::Next() {
  const auto half = bound_.count() / 2;
  const auto span = static_cast<std::uint64_t>(bound_.count() - half) + 1;
  const Duration wait{half + static_cast<std::int64_t>(NextRandom() % span)};
  bound_ = bound_ > limits_.most / 2 ? limits_.most : bound_ * 2;
  return wait;
}

// SplitMix64: any seed is good, also small ones in a row.
std::uint64_t Backoff::NextRandom() {
  random_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = random_;
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
  return mixed ^ mixed >> 31;
}

}  // namespace usher::io
