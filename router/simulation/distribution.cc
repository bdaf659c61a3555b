// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/distribution.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "router/simulation/arithmetic.h"

namespace usher::simulation {
namespace {

double MsOf(Duration span) { return static_cast<double>(span.count()); }

// By Marsaglia's polar method: square roots and logarithms only.
double SampleNormal(RandomStream& random) {
  while (true) {
    const double u = 2 * random.Fraction() - 1;
    const double v = 2 * random.Fraction() - 1;
    const double square = u * u + v * v;
    if (square >= 1 || square == 0) continue;
    return u * std::sqrt(-2 * Logarithm(square) / square);
  }
}

}  // namespace

Distribution Distribution::Never() {
  Distribution never;
  never.kind_ = Kind::kNever;
  never.mean_ = MsOf(kSpanMax);
  return never;
}

Distribution Distribution::Fixed(Duration value) {
  Distribution fixed;
  fixed.mean_ = MsOf(value);
  return fixed;
}

Distribution Distribution::Exponential(Duration mean) {
  Distribution exponential;
  exponential.kind_ = Kind::kExponential;
  exponential.mean_ = MsOf(mean);
  return exponential;
}

Distribution Distribution::Uniform(Duration from, Duration to) {
  USHER_CHECK(from <= to, "a uniform distribution that ends before it begins");
  Distribution uniform;
  uniform.kind_ = Kind::kUniform;
  uniform.a_ = MsOf(from);
  uniform.b_ = MsOf(to);
  uniform.mean_ = (uniform.a_ + uniform.b_) / 2;
  return uniform;
}

Distribution Distribution::Lognormal(Duration mean, Duration deviation) {
  USHER_CHECK(mean > Duration{0}, "a lognormal distribution needs a mean above 0");
  Distribution lognormal;
  lognormal.kind_ = Kind::kLognormal;
  lognormal.mean_ = MsOf(mean);
  const double ratio = MsOf(deviation) / MsOf(mean);
  const double variance = Logarithm(1 + ratio * ratio);
  lognormal.a_ = Logarithm(lognormal.mean_) - variance / 2;
  lognormal.b_ = std::sqrt(variance);
  return lognormal;
}

Distribution Distribution::Erlang(std::int32_t k, Duration mean) {
  USHER_CHECK(k >= 1, "an Erlang distribution of no parts");
  Distribution erlang;
  erlang.kind_ = Kind::kErlang;
  erlang.mean_ = MsOf(mean);
  erlang.k_ = k;
  return erlang;
}

double Distribution::SampleMs(RandomStream& random) const {
  switch (kind_) {
    case Kind::kFixed:
    case Kind::kNever:
      return mean_;
    case Kind::kExponential:
      return -Logarithm(random.Fraction()) * mean_;
    case Kind::kUniform:
      return a_ + (b_ - a_) * random.Fraction();
    case Kind::kLognormal:
      return simulation::Exponential(a_ + b_ * SampleNormal(random));
    case Kind::kErlang: {
      double sum = 0;
      for (std::int32_t part = 0; part < k_; ++part) sum -= Logarithm(random.Fraction());
      return sum * mean_ / k_;
    }
  }
  USHER_CHECK(false, "a distribution of no kind");
  return 0;
}

Duration Distribution::Sample(RandomStream& random) const {
  const double ms = std::min(SampleMs(random), MsOf(kSpanMax));
  return Duration{static_cast<std::int64_t>(ms + 0.5)};
}

}  // namespace usher::simulation
