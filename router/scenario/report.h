// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "router/configuration/diagnostic.h"
#include "router/scenario/scenario_run.h"

namespace usher::scenario {

// How one scenario of a file ended. Its text was wrong where `diagnostics` says so.
struct ScenarioResult {
  std::string name;
  std::string file;
  int line = 0;
  std::optional<Failure> failure;
  std::vector<configuration::Diagnostic> diagnostics;

  bool passed() const { return !failure && diagnostics.empty(); }
};

// `PASS name`, or `FAIL name` and under it where, what was expected, what happened and the last
// events. Ends with a line break.
std::string TextOf(const ScenarioResult& result);

// The same as one JSON object on one line:
//   {"name": …, "file": …, "line": …, "passed": false,
//    "failure": {"line": …, "what": …, "expected": …, "happened": …, "last_events": […]}}
// A file that could not be read has "diagnostics": […] in the place of "failure".
std::string JsonOf(const ScenarioResult& result);

}  // namespace usher::scenario
