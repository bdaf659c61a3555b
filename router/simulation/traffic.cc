// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/traffic.h"

namespace usher::simulation {

const std::string* ChosenText::Choose(RandomStream& random) const {
  if (options.empty()) return nullptr;
  if (options.size() == 1 && options.front().chance == 10'000) return &options.front().text;
  double left = random.Fraction() * 10'000;
  for (const Option& option : options) {
    left -= option.chance;
    if (left <= 0) return &option.text;
  }
  return nullptr;
}

double Traffic::ExpectedArrivals() const {
  double sum = 0;
  for (const Stream& stream : streams) {
    for (const RateSpan& span : stream.rates) {
      sum += span.per_hour * static_cast<double>((span.end - span.start).count()) / 3'600'000;
    }
  }
  return sum;
}

}  // namespace usher::simulation
