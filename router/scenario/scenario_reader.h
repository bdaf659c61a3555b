// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "router/configuration/diagnostic.h"
#include "router/configuration/yaml_document.h"
#include "router/scenario/scenario.h"

namespace usher::scenario {

// A scenario, or what is wrong with its text; `name` and `line` are known in both cases.
struct ScenarioReading {
  std::string name;
  int line = 0;
  std::optional<Scenario> scenario;
  std::vector<configuration::Diagnostic> diagnostics;
};

// Reads one document of the file `file`. A `domain_file:` is looked for beside the file.
ScenarioReading ReadScenario(const configuration::YamlNode& node, const std::string& file);

}  // namespace usher::scenario
