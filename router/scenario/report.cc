// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/report.h"

#include "router/configuration/json_text.h"

namespace usher::scenario {
namespace {

using configuration::QuoteJson;

std::string QuotedList(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + QuoteJson(text);
  return "[" + list + "]";
}

std::string JsonOf(const Failure& failure) {
  return "{\"line\": " + std::to_string(failure.line) + ", \"what\": " + QuoteJson(failure.what) +
         ", \"expected\": " + QuoteJson(failure.expected) +
         ", \"happened\": " + QuoteJson(failure.happened) +
         ", \"last_events\": " + QuotedList(failure.last_events) + "}";
}

}  // namespace

std::string TextOf(const ScenarioResult& result) {
  if (result.passed()) return "PASS " + result.name + "\n";
  std::string text = "FAIL " + result.name + "\n";
  for (const configuration::Diagnostic& diagnostic : result.diagnostics) {
    text += "  " + ToString(diagnostic) + "\n";
  }
  if (!result.failure) return text;
  const Failure& failure = *result.failure;
  text += "  " + result.file + ":" + std::to_string(failure.line) + ": " + failure.what + "\n";
  text += "    expected: " + failure.expected + "\n";
  text += "    happened: " + failure.happened + "\n";
  text += "    last events:\n";
  for (const std::string& event : failure.last_events) text += "      " + event + "\n";
  return text;
}

std::string JsonOf(const ScenarioResult& result) {
  std::string json = "{\"name\": " + QuoteJson(result.name) +
                     ", \"file\": " + QuoteJson(result.file) +
                     ", \"line\": " + std::to_string(result.line) +
                     ", \"passed\": " + (result.passed() ? "true" : "false");
  if (result.failure) json += ", \"failure\": " + JsonOf(*result.failure);
  if (!result.diagnostics.empty()) {
    std::vector<std::string> texts;
    for (const auto& diagnostic : result.diagnostics) texts.push_back(ToString(diagnostic));
    json += ", \"diagnostics\": " + QuotedList(texts);
  }
  return json + "}\n";
}

}  // namespace usher::scenario
