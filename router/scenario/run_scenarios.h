// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "router/scenario/report.h"
#include "router/scenario/scenario_run.h"

namespace usher::scenario {

// How `usher test` prints.
enum class ReportFormat { kText, kJson };

// Runs every scenario of the file, in order: no Redis, no network, no waiting. A file that cannot
// be read is one failed result.
std::vector<ScenarioResult> RunFile(const std::string& path, const RunOptions& options);

// Runs the files, prints a result for each scenario and at the end, in text, `N passed, N failed`.
// Returns the exit code: 0 where all passed, 1 otherwise.
int RunScenarios(const std::vector<std::string>& files, const RunOptions& options,
                 ReportFormat format, std::ostream& out);

}  // namespace usher::scenario
