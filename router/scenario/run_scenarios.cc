// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/run_scenarios.h"

#include <ostream>
#include <utility>

#include "router/configuration/text_file.h"
#include "router/configuration/yaml_document.h"
#include "router/scenario/scenario_reader.h"

namespace usher::scenario {
namespace {

using configuration::YamlNode;

ScenarioResult Unreadable(const std::string& path,
                          std::vector<configuration::Diagnostic> diagnostics) {
  return {.name = path,
          .file = path,
          .line = 0,
          .failure = std::nullopt,
          .diagnostics = std::move(diagnostics)};
}

ScenarioResult RunDocument(const YamlNode& node, const std::string& path,
                           const RunOptions& options) {
  ScenarioReading reading = ReadScenario(node, path);
  ScenarioResult result{.name = reading.name,
                        .file = path,
                        .line = reading.line,
                        .failure = std::nullopt,
                        .diagnostics = std::move(reading.diagnostics)};
  if (reading.scenario) result.failure = RunScenario(*reading.scenario, options);
  return result;
}

}  // namespace

std::vector<ScenarioResult> RunFile(const std::string& path, const RunOptions& options) {
  const auto text = configuration::ReadTextFile(path);
  if (!text) {
    return {Unreadable(path, {{path, 0, text.error().message + ". " + text.error().next_step}})};
  }
  configuration::Diagnostics diagnostics(path);
  const std::vector<YamlNode::Ptr> documents = configuration::ReadYaml(*text, diagnostics);
  if (diagnostics.empty() && documents.empty()) diagnostics.Add(0, "holds no scenario");
  if (!diagnostics.empty()) return {Unreadable(path, diagnostics.list())};
  std::vector<ScenarioResult> results;
  for (const YamlNode::Ptr& document : documents) {
    results.push_back(RunDocument(*document, path, options));
  }
  return results;
}

int RunScenarios(const std::vector<std::string>& files, const RunOptions& options,
                 ReportFormat format, std::ostream& out) {
  int passed = 0;
  int failed = 0;
  for (const std::string& file : files) {
    for (const ScenarioResult& result : RunFile(file, options)) {
      out << (format == ReportFormat::kJson ? JsonOf(result) : TextOf(result));
      ++(result.passed() ? passed : failed);
    }
  }
  if (format == ReportFormat::kText) out << passed << " passed, " << failed << " failed\n";
  return failed == 0 ? 0 : 1;
}

}  // namespace usher::scenario
