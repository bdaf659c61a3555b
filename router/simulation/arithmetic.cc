// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/arithmetic.h"

#include <algorithm>
#include <cmath>

namespace usher::simulation {
namespace {

// ln 2 in two parts: the first has so few digits that its small multiples are exact.
constexpr double kLn2High = 6.93147180369123816490e-01;
constexpr double kLn2Low = 1.90821492927058770002e-10;

}  // namespace

// ln(m·2^e) = e·ln 2 + 2·artanh((m − 1)/(m + 1)), with m between √½ and √2.
double Logarithm(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752440) {
    m *= 2;
    --exponent;
  }
  const double s = (m - 1) / (m + 1);
  const double square = s * s;
  double sum = 0;
  for (int k = 25; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return exponent * kLn2High + (2 * s * sum + exponent * kLn2Low);
}

// e^x = 2^k·e^r with |r| at most half of ln 2.
double Exponential(double x) {
  x = std::clamp(x, -700.0, 700.0);
  const double k = std::floor(x / kLn2High + 0.5);
  const double r = (x - k * kLn2High) - k * kLn2Low;
  double sum = 1;
  for (int n = 16; n >= 1; --n) sum = 1 + sum * r / n;
  return std::ldexp(sum, static_cast<int>(k));
}

}  // namespace usher::simulation
