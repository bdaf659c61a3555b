// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "router/simulation/random_stream.h"
#include "router/simulation/traffic.h"

namespace usher::simulation {

// The instants at which the contacts of one stream come: a Poisson process whose rate follows the
// stream's spans, or, evenly, one contact each time that one more is expected.
//
// Time is stretched so that one contact is expected in each unit of it; there the gaps are
// exponential with mean 1, whatever the rates.
class Arrivals {
 public:
  // `stream` outlives this; `key` is the stream's own.
  Arrivals(const Stream& stream, RandomKey key, Instant start)
      : stream_(stream), key_(key), start_(start) {}

  // The next arrival, never before the last one; nothing when no more come.
  std::optional<Instant> Next();
  // The number of the arrival that Next gave last, from 0.
  std::uint64_t number() const { return made_ - 1; }

 private:
  const Stream& stream_;
  RandomKey key_;
  Instant start_;
  std::uint64_t made_ = 0;
  double target_ = 0;   // stretched time of the arrival to come
  double reached_ = 0;  // stretched time at the start of spans[span_]
  std::size_t span_ = 0;
};

}  // namespace usher::simulation
