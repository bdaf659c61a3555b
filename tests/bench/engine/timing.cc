// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/engine/timing.h"

#include <algorithm>
#include <ctime>

namespace usher::bench {
namespace {

std::int64_t Read(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

std::int64_t CpuNs() { return Read(CLOCK_THREAD_CPUTIME_ID); }
std::int64_t SteadyNs() { return Read(CLOCK_MONOTONIC); }

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double Quantile(std::vector<std::int64_t>& values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = static_cast<std::size_t>(static_cast<double>(values.size()) * share);
  return static_cast<double>(values[std::min(at, values.size() - 1)]);
}

}  // namespace usher::bench
