// SPDX-License-Identifier: Apache-2.0
#include "router/engine/nearest_name.h"

#include <algorithm>
#include <array>

namespace usher::engine {
namespace {

constexpr std::size_t kLengthMax = 64;
using Row = std::array<int, kLengthMax + 1>;

// Optimal string alignment: three rows suffice, since a swap looks two rows back.
int EditsBetween(std::string_view a, std::string_view b) {
  Row before{};
  Row previous{};
  Row current{};
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({change, previous[j] + 1, current[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    before = previous;
    previous = current;
  }
  return previous[b.size()];
}

int CommonStart(std::string_view a, std::string_view b) {
  return static_cast<int>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

}  // namespace

std::string_view NearestNameAtAll(std::string_view wrong, std::span<const std::string> known) {
  wrong = wrong.substr(0, kLengthMax);
  std::string_view best;
  int best_distance = 0;
  for (const std::string& name : known) {
    if (name.empty() || name.size() > kLengthMax) continue;
    const int distance = EditsBetween(wrong, name) - 2 * CommonStart(wrong, name);
    if (!best.empty() && distance >= best_distance) continue;
    best = name;
    best_distance = distance;
  }
  return best;
}

std::string_view NearestName(std::string_view wrong, std::span<const std::string> known) {
  if (wrong.size() > kLengthMax) return {};
  std::string_view best;
  int best_edits = 0;
  for (const std::string& name : known) {
    if (name.size() > kLengthMax) continue;
    const int edits = EditsBetween(wrong, name);
    const int limit = std::max<int>(1, static_cast<int>(std::max(wrong.size(), name.size())) / 3);
    if (edits > limit || edits >= static_cast<int>(name.size())) continue;
    if (!best.empty() && edits >= best_edits) continue;
    best = name;
    best_edits = edits;
  }
  return best;
}

std::string DidYouMean(std::string_view wrong, std::span<const std::string> known) {
  const std::string_view nearest = NearestName(wrong, known);
  if (nearest.empty()) return {};
  return "; did you mean \"" + std::string(nearest) + "\"?";
}

std::string DidYouMeanAtAll(std::string_view wrong, std::span<const std::string> known) {
  std::string hint = DidYouMean(wrong, known);
  const std::string_view nearest = hint.empty() ? NearestNameAtAll(wrong, known) : "";
  return nearest.empty() ? hint : "; the nearest is \"" + std::string(nearest) + "\"";
}

}  // namespace usher::engine
