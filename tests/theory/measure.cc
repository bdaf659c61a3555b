// SPDX-License-Identifier: Apache-2.0
#include "tests/theory/measure.h"

#include <cmath>
#include <utility>

#include "base/check.h"
#include "router/simulation/study.h"

namespace usher::theory {

std::vector<simulation::Report> Measure(const CallCentre& centre, int seeds) {
  auto reports = simulation::RunStudy(centre.domain, centre.traffic,
                                      {.seed = 1, .runs = seeds, .on_progress = {}});
  USHER_CHECK(reports.ok(), reports.ok() ? "" : reports.error().message.c_str());
  return *std::move(reports);
}

double Measured::Tolerance(double truth) const {
  return 3.5 * deviation / std::sqrt(static_cast<double>(runs)) + 0.01 * std::fabs(truth);
}

Measured MeasuredOf(const std::vector<double>& runs) {
  Measured measured{.runs = static_cast<int>(runs.size())};
  for (const double run : runs) measured.mean += run / measured.runs;
  double squares = 0;
  for (const double run : runs) squares += (run - measured.mean) * (run - measured.mean);
  measured.deviation = std::sqrt(squares / (measured.runs - 1));
  return measured;
}

Measured MeasuredOf(const std::vector<simulation::Report>& runs, std::string_view figure) {
  std::vector<double> values;
  for (const auto& run : runs) values.push_back(run.all[simulation::FigureOf(figure)]);
  return MeasuredOf(values);
}

}  // namespace usher::theory
