// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "router/configuration/yaml_document.h"
#include "router/scenario/scenario_reader.h"
#include "router/scenario/scenario_run.h"

namespace {

// A minute of a few agents is run through the engine; a century of a thousand would prove no more.
bool IsShort(const usher::scenario::Scenario& scenario) {
  constexpr std::size_t steps_max = 100;
  constexpr std::size_t agents_max = 20;
  return scenario.steps.size() <= steps_max && scenario.domain.agents.size() <= agents_max &&
         (scenario.steps.empty() || scenario.steps.back().at <= std::chrono::minutes{1});
}

}  // namespace

// A scenario file, whatever its bytes, is either scenarios or says what is wrong with it; and
// whatever a scenario does, the engine keeps its invariants.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  usher::configuration::Diagnostics diagnostics("fuzz.yaml");
  for (const auto& document : usher::configuration::ReadYaml(text, diagnostics)) {
    if (document->Find("domain_file") != nullptr) continue;  // the input names no files
    const auto reading = usher::scenario::ReadScenario(*document, "fuzz.yaml");
    if (reading.scenario.has_value() != reading.diagnostics.empty()) __builtin_trap();
    if (!reading.scenario || !IsShort(*reading.scenario)) continue;
    const auto failure = usher::scenario::RunScenario(*reading.scenario, {});
    if (failure && failure->what.starts_with("an invariant")) __builtin_trap();
  }
  return 0;
}
