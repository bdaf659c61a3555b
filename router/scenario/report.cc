// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/report.h"

#include <array>

namespace usher::scenario {
namespace {

std::string Quoted(const std::string& text) {
  static constexpr std::array kHex = {'0', '1', '2', '3', '4', '5', '6', '7',
                                      '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20) {
      quoted += "\\u00";
      quoted += kHex[byte >> 4];
      quoted += kHex[byte & 15];
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string QuotedList(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + Quoted(text);
  return "[" + list + "]";
}

std::string JsonOf(const Failure& failure) {
  return "{\"line\": " + std::to_string(failure.line) + ", \"what\": " + Quoted(failure.what) +
         ", \"expected\": " + Quoted(failure.expected) +
         ", \"happened\": " + Quoted(failure.happened) +
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
  std::string json = "{\"name\": " + Quoted(result.name) + ", \"file\": " + Quoted(result.file) +
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
