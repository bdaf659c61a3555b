// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "router/simulation/figures.h"
#include "tests/theory/call_centre.h"

namespace usher::theory {

// Runs of other seeds, one report each.
std::vector<simulation::Report> Measure(const CallCentre& centre, int seeds);

// A figure over the runs: its mean and the standard deviation from run to run.
struct Measured {
  double mean = 0;
  double deviation = 0;
  int runs = 0;

  // How far the mean may be from the truth: 3.5 standard errors and one percent of the truth.
  double Tolerance(double truth) const;
};
Measured MeasuredOf(const std::vector<double>& runs);
Measured MeasuredOf(const std::vector<simulation::Report>& runs, std::string_view figure);

}  // namespace usher::theory
