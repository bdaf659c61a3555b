// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "base/time.h"

namespace usher::engine {

// So many adapters may have a stream, or have lost it within their grace, at a time. One process of
// a channel is one.
inline constexpr std::size_t kAdaptersMax = 10'000;

// Of one adapter that is gone, so many contacts end at a time; the rest a moment later, so that
// neither a commit nor those who are told grow with the size of what was lost.
inline constexpr std::size_t kLostAtOnce = 500;
inline constexpr Duration kLostPause{100};

// An adapter that has, or not long ago had, a stream to the router.
struct LiveAdapter {
  std::optional<Instant> lost_at{};
  Instant check_at{};  // while it is lost
};

}  // namespace usher::engine
