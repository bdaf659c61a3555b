// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/arrivals.h"

#include <algorithm>

#include "router/simulation/arithmetic.h"

namespace usher::simulation {

std::optional<Instant> Arrivals::Next() {
  if (stream_.evenly) {
    target_ = static_cast<double>(made_) + 0.5;
  } else {
    RandomStream random(Under(key_, made_), Purpose::kArrival);
    target_ -= Logarithm(random.Fraction());
  }
  for (; span_ < stream_.rates.size(); ++span_) {
    const RateSpan& span = stream_.rates[span_];
    const double per_ms = span.per_hour / 3'600'000;
    const auto length = static_cast<double>((span.end - span.start).count());
    if (target_ >= reached_ + length * per_ms) {
      reached_ += length * per_ms;
      continue;
    }
    const auto into = static_cast<std::int64_t>((target_ - reached_) / per_ms);
    ++made_;
    return start_ + span.start + std::min(Duration{into}, span.end - span.start);
  }
  return std::nullopt;
}

}  // namespace usher::simulation
