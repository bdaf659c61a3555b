// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "router/scenario/run_scenarios.h"

// usher_scenario_runner [--json] [--restart-everywhere] FILE...
int main(int argc, char** argv) {
  using usher::scenario::ReportFormat;
  usher::scenario::RunOptions options;
  ReportFormat format = ReportFormat::kText;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--json") {
      format = ReportFormat::kJson;
    } else if (word == "--restart-everywhere") {
      options.restart_everywhere = true;
    } else if (word.starts_with("--")) {
      std::cerr << "unknown option " << word << "; known: --json, --restart-everywhere\n";
      return 2;
    } else {
      files.emplace_back(word);
    }
  }
  if (files.empty()) {
    std::cerr << "usage: usher_scenario_runner [--json] [--restart-everywhere] FILE...\n";
    return 2;
  }
  return usher::scenario::RunScenarios(files, options, format, std::cout);
}
