// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace usher::engine {

// What a strategy makes of an agent: an exact fraction, lower first. A denominator is above 0.
struct StrategyValue {
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;

  friend bool operator==(const StrategyValue& a, const StrategyValue& b) {
    if (a.denominator == b.denominator) return a.numerator == b.numerator;
    return Cross(a, b) == Cross(b, a);
  }
  friend bool operator<(const StrategyValue& a, const StrategyValue& b) {
    if (a.denominator == b.denominator) return a.numerator < b.numerator;
    return Cross(a, b) < Cross(b, a);
  }

 private:
  __extension__ using Wide = __int128;
  static Wide Cross(const StrategyValue& a, const StrategyValue& b) {
    return static_cast<Wide>(a.numerator) * b.denominator;
  }
};

}  // namespace usher::engine
