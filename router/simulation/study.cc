// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/study.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "base/check.h"
#include "router/simulation/random_stream.h"
#include "router/simulation/simulation_run.h"

namespace usher::simulation {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

Estimates EstimatesOf(const std::vector<const Values*>& runs) {
  Estimates estimates;
  for (std::size_t figure = 0; figure < AllFigures().size(); ++figure) {
    std::vector<double> values;
    for (const Values* run : runs) values.push_back((*run)[figure]);
    estimates.push_back(EstimateOf(values));
  }
  return estimates;
}

using Part = std::map<std::string, Values> Report::*;

// Those that any run has; a channel may be unused in one of them.
std::map<std::string, Estimates> SummarisePart(const std::vector<Report>& reports, Part part) {
  std::map<std::string, std::vector<const Values*>> runs;
  for (const Report& report : reports) {
    for (const auto& [name, values] : report.*part) runs[name].push_back(&values);
  }
  std::map<std::string, Estimates> out;
  for (const auto& [name, values] : runs) out[name] = EstimatesOf(values);
  return out;
}

Values Difference(const Values& one, const Values& other) {
  Values difference;
  for (std::size_t i = 0; i < one.size(); ++i) difference.push_back(other[i] - one[i]);
  return difference;
}

void DifferPart(const Report& one, const Report& other, Part part, Report& out) {
  for (const auto& [name, values] : one.*part) {
    const auto found = (other.*part).find(name);
    if (found != (other.*part).end()) (out.*part)[name] = Difference(values, found->second);
  }
}

}  // namespace

// The Cornish-Fisher expansion around the normal quantile (Abramowitz & Stegun 26.7.5) is good to
// half a thousandth from 10 degrees on; the first nine are tabled.
double StudentQuantile(int degrees_of_freedom) {
  USHER_CHECK(degrees_of_freedom >= 1, "no degree of freedom");
  static constexpr std::array kFirst = {12.7062, 4.3027, 3.1824, 2.7764, 2.5706,
                                        2.4469,  2.3646, 2.3060, 2.2622};
  if (degrees_of_freedom <= static_cast<int>(kFirst.size())) {
    return kFirst[static_cast<std::size_t>(degrees_of_freedom) - 1];
  }
  constexpr double z = 1.959963984540054;
  const double n = degrees_of_freedom;
  const double z3 = z * z * z;
  const double z5 = z3 * z * z;
  const double z7 = z5 * z * z;
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

bool Estimate::IsSignificant() const {
  return runs >= 2 && !std::isnan(half_width) && std::fabs(mean) > half_width;
}

Estimate EstimateOf(const std::vector<double>& values) {
  Estimate estimate{.mean = kNone, .half_width = kNone, .runs = 0};
  double sum = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++estimate.runs;
  }
  if (estimate.runs == 0) return estimate;
  estimate.mean = sum / estimate.runs;
  if (estimate.runs == 1) return estimate;
  double squares = 0;
  for (const double value : values) {
    if (!std::isnan(value)) squares += (value - estimate.mean) * (value - estimate.mean);
  }
  const double deviation = std::sqrt(squares / (estimate.runs - 1));
  estimate.half_width = StudentQuantile(estimate.runs - 1) * deviation /
                        std::sqrt(static_cast<double>(estimate.runs));
  return estimate;
}

Result<std::vector<Report>> RunStudy(const engine::Domain& domain, const Traffic& traffic,
                                     const StudyOptions& options) {
  USHER_CHECK(options.runs >= 1 && options.runs <= kRunsMax, "too few or too many runs");
  std::vector<Report> reports;
  for (int run = 0; run < options.runs; ++run) {
    RunOptions each;
    each.seed = Under(options.seed, static_cast<std::uint64_t>(run));
    if (options.on_progress) {
      each.on_progress = [&](double part) { options.on_progress(run, part); };
    }
    const Result<RunResult> result = Simulate(domain, traffic, each);
    if (!result) return result.error();
    reports.push_back(ReportOf(result->tally, result->redials));
  }
  return reports;
}

Summary Summarise(const std::vector<Report>& reports) {
  Summary summary;
  std::vector<const Values*> all;
  std::vector<double> redials;
  for (const Report& report : reports) {
    all.push_back(&report.all);
    redials.push_back(report.redials);
  }
  summary.all = EstimatesOf(all);
  summary.queues = SummarisePart(reports, &Report::queues);
  summary.channels = SummarisePart(reports, &Report::channels);
  summary.agents = SummarisePart(reports, &Report::agents);
  summary.redials = EstimateOf(redials);
  return summary;
}

Summary Compare(const std::vector<Report>& one, const std::vector<Report>& other) {
  USHER_CHECK(one.size() == other.size(), "a comparison of different numbers of runs");
  std::vector<Report> differences;
  for (std::size_t run = 0; run < one.size(); ++run) {
    Report difference{.all = Difference(one[run].all, other[run].all),
                      .redials = other[run].redials - one[run].redials};
    DifferPart(one[run], other[run], &Report::queues, difference);
    DifferPart(one[run], other[run], &Report::channels, difference);
    DifferPart(one[run], other[run], &Report::agents, difference);
    differences.push_back(std::move(difference));
  }
  return Summarise(differences);
}

}  // namespace usher::simulation
