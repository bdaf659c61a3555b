// SPDX-License-Identifier: Apache-2.0
#include "router/engine/wait_estimate.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace usher::engine {
namespace {

// A span longer than a day says that the queue rested, not that it is slow; the bound also keeps
// the sums below far from overflow.
constexpr std::int64_t kSpanLongest = 24 * 60 * 60 * 1000;
constexpr std::size_t kPositionMost = 1'000'000;
constexpr std::int64_t kZ = 12'816;  // of 10,000: the 90th percentile of the normal distribution

// The whole part of the square root.
std::int64_t Root(std::int64_t square) {
  if (square <= 0) return 0;
  auto root = static_cast<std::int64_t>(1) << 31;
  // Newton's steps fall until they have passed the root.
  for (;;) {
    const std::int64_t next = (root + square / root) / 2;
    if (next >= root) return root;
    root = next;
  }
}

std::int64_t MeanOf(const std::vector<std::int64_t>& spans) {
  std::int64_t sum = 0;
  for (const std::int64_t span : spans) sum += span;
  return sum / static_cast<std::int64_t>(spans.size());
}

std::vector<std::int64_t> SpansOf(std::span<const Instant> accepts, Instant now) {
  const auto span = [](Instant from, Instant to) {
    return std::clamp<std::int64_t>((to - from).count(), 0, kSpanLongest);
  };
  std::vector<std::int64_t> spans;
  for (std::size_t i = 1; i < accepts.size(); ++i)
    spans.push_back(span(accepts[i - 1], accepts[i]));
  if (spans.size() < kSpansMin) return {};
  const std::int64_t open = span(accepts.back(), now);
  if (open > MeanOf(spans)) spans.push_back(open);
  return spans;
}

}  // namespace

std::optional<WaitEstimate> EstimateWait(std::span<const Instant> accepts, Instant now,
                                         std::size_t position) {
  const std::vector<std::int64_t> spans = SpansOf(accepts, now);
  if (spans.empty() || position == 0) return std::nullopt;
  const auto k = static_cast<std::int64_t>(spans.size());
  const auto n = static_cast<std::int64_t>(std::min(position, kPositionMost));
  const std::int64_t mean = MeanOf(spans);
  std::int64_t squares = 0;
  for (const std::int64_t span : spans) squares += (span - mean) * (span - mean);
  const std::int64_t deviation = Root(squares / (k - 1));
  // sqrt(n·(1 + n/k)) in thousandths.
  const std::int64_t growth = Root((n * k + n * n) * 1'000'000 / k);
  const std::int64_t margin = deviation * growth / 1'000 * kZ / 10'000;
  const std::int64_t expected = n * mean;
  return WaitEstimate{Duration{std::max<std::int64_t>(expected - margin, 0)}, Duration{expected},
                      Duration{expected + margin}};
}

}  // namespace usher::engine
