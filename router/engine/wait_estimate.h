// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/time.h"

namespace usher::engine {

// How much longer a contact is likely to wait: in about eight of ten cases between `low` and
// `high`.
struct WaitEstimate {
  Duration low{0};
  Duration expected{0};
  Duration high{0};

  friend bool operator==(const WaitEstimate&, const WaitEstimate&) = default;
};

// So many accepts of a queue are remembered, and so many spans between them are the fewest to
// estimate from.
inline constexpr std::size_t kRecentAcceptsMax = 16;
inline constexpr std::size_t kSpansMin = 2;

// The wait of the contact at `position` (from 1) of a queue whose last accepts came at `accepts`,
// latest last. With k spans between accepts of mean m and variance s², the time until the n-th
// accept from now is
//
//   n·m ± z·sqrt(s²·n·(1 + n/k)),   z = 1.2816 (80 %),   not below 0:
//
// n spans of that variance, and the doubt about m itself. The span since the last accept counts as
// one more once it is longer than the mean, so that the estimate of a queue that stalls grows.
// Whole milliseconds, the same on any machine. Nothing before kSpansMin spans.
std::optional<WaitEstimate> EstimateWait(std::span<const Instant> accepts, Instant now,
                                         std::size_t position);

}  // namespace usher::engine
