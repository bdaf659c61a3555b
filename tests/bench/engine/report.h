// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/engine/centre.h"
#include "tests/bench/engine/memory.h"
#include "tests/bench/engine/workload.h"

namespace usher::bench {

// Medians of the rounds of one shape; `naive` where it was run beside.
struct Measured {
  Shape shape;
  Pace engine;
  std::optional<Pace> naive;
};

// A figure with what is wanted of it.
struct Goal {
  std::string name;
  std::string unit;
  double value = 0;
  double target = 0;
  bool is_lower_better = true;

  bool IsReached() const { return is_lower_better ? value <= target : value >= target; }
};

struct Report {
  std::vector<Measured> shapes;
  std::vector<Goal> goals;
  std::vector<Centre::Latency> latencies;
  Shape latencies_of;
  double bytes_per_waiting_contact = 0;
  AgentBytes few_skills;
  AgentBytes many_skills;
};

void PrintShapes(const Report& report, std::FILE* out);
void PrintTable(const Report& report, std::FILE* out);
void PrintJson(const Report& report, std::FILE* out);

}  // namespace usher::bench
