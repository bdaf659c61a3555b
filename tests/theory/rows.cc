// SPDX-License-Identifier: Apache-2.0
#include "tests/theory/rows.h"

#include <algorithm>
#include <cmath>

namespace usher::theory {
namespace {

using Model = TheoryRow::Model;

constexpr double kRelaxations = 6;  // of warm-up; what then is left of the empty start is 0.2 %

// Erlang B speaks of load only: a handle time of 100 s makes the arrivals.
TheoryRow LossRow(std::string id, double erlangs, int agents) {
  return {std::move(id), Model::kErlangB, {erlangs * 36, 100, agents}, 0, 20, agents >= 1000};
}

std::vector<TheoryRow> MakeRows() {
  std::vector<TheoryRow> rows = {
      LossRow("B1", 1, 1),        LossRow("B2", 2, 3),      LossRow("B3", 5, 10),
      LossRow("B4", 4.461, 10),   LossRow("B5", 12.03, 20), LossRow("B6", 10, 15),
      LossRow("B7", 25, 30),      LossRow("B8", 20.34, 30), LossRow("B9", 37.90, 50),
      LossRow("B10", 84.06, 100), LossRow("B11", 100, 100), LossRow("B12", 1000, 1000),
  };
  const auto waiting = [&](std::string id, Load load, double in_time_s = 20, bool heavy = false) {
    rows.push_back({std::move(id), Model::kErlangC, load, 0, in_time_s, heavy});
  };
  waiting("C1", {200, 180, 11});
  waiting("C2", {200, 180, 12});
  waiting("C3", {200, 180, 13});
  waiting("C4", {200, 180, 14});
  waiting("C5", {200, 180, 15});
  waiting("C6", {720, 240, 55}, 15);
  waiting("C7", {2880, 60, 50});
  waiting("C8", {12, 240, 1});
  waiting("C9", {12, 240, 2});
  waiting("C10", {60, 300, 6});
  waiting("C11", {60, 300, 7});
  waiting("C12", {60, 300, 8});
  waiting("C13", {600, 180, 33});
  waiting("C14", {600, 180, 35});
  waiting("C15", {1200, 300, 105});
  waiting("C16", {2400, 300, 208});
  waiting("C17", {6000, 360, 610}, 20, true);
  waiting("C18", {60000, 300, 5050}, 20, true);
  const auto impatient = [&](std::string id, Load load, double patience_s) {
    rows.push_back({std::move(id), Model::kErlangA, load, patience_s, 20, false});
  };
  impatient("A1", {2880, 60, 50}, 120);
  impatient("A2", {2880, 60, 50}, 60);
  impatient("A3", {2880, 60, 48}, 120);
  impatient("A4", {2880, 60, 45}, 120);
  impatient("A5", {200, 180, 10}, 180);
  impatient("A6", {200, 180, 11}, 180);
  impatient("A7", {200, 180, 10}, 90);
  impatient("A8", {200, 180, 12}, 600);
  impatient("A9", {600, 180, 30}, 120);
  impatient("A10", {600, 180, 27}, 120);
  impatient("A11", {1200, 300, 100}, 300);
  impatient("A12", {1200, 300, 110}, 300);
  impatient("A13", {1200, 300, 90}, 180);
  impatient("A14", {6000, 360, 600}, 240);
  impatient("A15", {200, 180, 13}, 300);
  return rows;
}

// How long until an empty start is forgotten, nearly.
double WarmUpOf(const TheoryRow& row) {
  if (row.model == Model::kErlangC) {
    return kRelaxations * SolveErlangC(row.load, row.in_time_s).relaxation_s;
  }
  // Without a line that grows, as fast as conversations or patience end.
  return kRelaxations * std::max(row.load.handle_s, row.patience_s);
}

}  // namespace

const std::vector<TheoryRow>& TheoryRows() {
  static const std::vector<TheoryRow> rows = MakeRows();
  return rows;
}

std::vector<Expectation> ExpectationsOf(const TheoryRow& row) {
  if (row.model == Model::kErlangB) {
    const double lost = ErlangB(row.load.Erlangs(), row.load.agents);
    return {{"abandonment", lost},
            {"occupancy", row.load.Erlangs() * (1 - lost) / row.load.agents}};
  }
  if (row.model == Model::kErlangC) {
    const ErlangC c = SolveErlangC(row.load, row.in_time_s);
    return {{"delayed", c.delayed},       {"answer_wait_mean", c.wait_s},
            {"service_level", c.in_time}, {"waiting_mean", c.waiting},
            {"occupancy", c.occupancy},   {"answer_wait_p90", c.wait_p90_s}};
  }
  const ErlangA a = SolveErlangA(row.load, row.patience_s, row.in_time_s);
  return {{"delayed", a.delayed},
          {"abandonment", a.abandoned},
          {"wait_mean", a.wait_s},
          {"answered_in_time_of_offered", a.served_in_time},
          {"ended_in_time", a.ended_in_time},
          {"occupancy", a.occupancy}};
}

CallCentre CallCentreOf(const TheoryRow& row, double arrivals) {
  const Duration in_time{std::llround(row.in_time_s * 1000)};
  CallCentre centre = MakeCallCentre(row.load, {arrivals, WarmUpOf(row)}, in_time);
  if (row.model == Model::kErlangA) {
    centre.traffic.conduct.patience =
        simulation::Distribution::Exponential(Duration{std::llround(row.patience_s * 1000)});
  } else if (row.model == Model::kErlangB) {
    // Whom nobody answers in the very instant is gone: no patience at all is Erlang's loss.
    centre.traffic.conduct.patience = simulation::Distribution::Fixed(Duration{0});
  }
  return centre;
}

}  // namespace usher::theory
