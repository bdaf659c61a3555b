// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "router/engine/domain.h"
#include "router/simulation/figures.h"
#include "router/simulation/traffic.h"

namespace usher::simulation {

inline constexpr int kRunsMax = 1000;

// A figure over the runs of a study: its mean, and how far the true mean may be from that, either
// way, with 95 % confidence (Student's t over the runs). Runs without the figure are left out.
struct Estimate {
  double mean = 0;        // not a number where no run has the figure
  double half_width = 0;  // not a number below two runs
  int runs = 0;

  // Whether zero lies outside: for differences, whether there is one.
  bool IsSignificant() const;
};
Estimate EstimateOf(const std::vector<double>& values);
// The 97.5 % quantile of Student's t.
double StudentQuantile(int degrees_of_freedom);

using Estimates = std::vector<Estimate>;  // one for each of AllFigures

struct Summary {
  Estimates all{};
  std::map<std::string, Estimates> queues{};
  std::map<std::string, Estimates> channels{};
  std::map<std::string, Estimates> agents{};
  Estimate redials{};
};

struct StudyOptions {
  std::uint64_t seed = 1;
  int runs = 1;  // from 1 to kRunsMax; the run r draws from a seed of its own
  std::function<void(int run, double part)> on_progress{};
};

// The reports of the runs, in order. Fails as Simulate does.
Result<std::vector<Report>> RunStudy(const engine::Domain& domain, const Traffic& traffic,
                                     const StudyOptions& options);

Summary Summarise(const std::vector<Report>& reports);
// The other minus the one, run by run: the same customers come in both, so what chance does to both
// alike drops out. Of the queues, channels and agents that both have.
Summary Compare(const std::vector<Report>& one, const std::vector<Report>& other);

}  // namespace usher::simulation
