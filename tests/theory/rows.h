// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/theory/call_centre.h"
#include "tests/theory/erlang.h"

namespace usher::theory {

// A case of the textbooks that the simulator has to reproduce.
struct TheoryRow {
  enum class Model { kErlangB, kErlangC, kErlangA };
  std::string id;
  Model model = Model::kErlangC;
  Load load;
  double patience_s = 0;  // Erlang A
  double in_time_s = 20;
  bool heavy = false;  // too slow for every test run: only by hand
};

const std::vector<TheoryRow>& TheoryRows();

// What theory says of a figure of the report.
struct Expectation {
  std::string_view figure;
  double value = 0;
};
std::vector<Expectation> ExpectationsOf(const TheoryRow& row);

// The row as a domain and its traffic.
CallCentre CallCentreOf(const TheoryRow& row, double arrivals);

}  // namespace usher::theory
