// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "router/simulation/study.h"

namespace usher::simulation {

// One domain file's side of a report.
struct Side {
  std::string file{};
  Summary summary{};
  std::vector<std::string> queues{};  // in the order of the file
  std::vector<std::string> agents{};
};

// All that `usher simulate` tells.
struct StudyReport {
  std::string traffic_file{};
  std::uint64_t seed = 1;
  int runs = 1;
  double hours = 0;          // counted, of each run
  double warm_up_hours = 0;  // before these
  Side side{};
  std::optional<Side> other{};          // compared with
  std::optional<Summary> difference{};  // the other minus the one
};

// Tables for people: at most kAgentsShown agents.
inline constexpr std::size_t kAgentsShown = 40;
std::string TextOf(const StudyReport& report);

// One JSON object with every figure: its mean over the runs (the value itself with one run) and,
// with more, the half width of its 95 % confidence interval. A figure that does not exist is null.
std::string JsonOf(const StudyReport& report);

}  // namespace usher::simulation
