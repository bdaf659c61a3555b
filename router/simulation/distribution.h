// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/time.h"
#include "router/simulation/random_stream.h"

namespace usher::simulation {

// How long something takes: a law of chance over spans.
//
// Samples are rounded to the nearest millisecond, the engine's own unit; that moves no mean by more
// than chance does (a wait of two seconds by less than 0.01 %). None exceeds kSpanMax.
class Distribution {
 public:
  static constexpr Duration kSpanMax = std::chrono::hours{24} * 3660;

  Distribution() = default;  // no time at all, always

  static Distribution Never();  // it does not come to an end
  static Distribution Fixed(Duration value);
  static Distribution Exponential(Duration mean);
  static Distribution Uniform(Duration from, Duration to);
  // By its own mean and standard deviation, not those of the logarithm; the mean is above 0.
  static Distribution Lognormal(Duration mean, Duration deviation);
  // The sum of k exponential parts, k at least 1: the more, the less it varies.
  static Distribution Erlang(std::int32_t k, Duration mean);

  bool IsNever() const { return kind_ == Kind::kNever; }
  Duration Sample(RandomStream& random) const;  // kSpanMax of Never
  double MeanMs() const { return mean_; }

 private:
  enum class Kind : std::uint8_t { kFixed, kNever, kExponential, kUniform, kLognormal, kErlang };

  double SampleMs(RandomStream& random) const;

  Kind kind_ = Kind::kFixed;
  double mean_ = 0;  // in milliseconds, as all here
  double a_ = 0;     // uniform: from; lognormal: mean of the logarithm
  double b_ = 0;     // uniform: to; lognormal: deviation of the logarithm
  std::int32_t k_ = 1;
};

}  // namespace usher::simulation
