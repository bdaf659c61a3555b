// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/diagnostic.h"

#include <utility>

namespace usher::configuration {

std::string ToString(const Diagnostic& diagnostic) {
  const std::string line = diagnostic.line > 0 ? ":" + std::to_string(diagnostic.line) : "";
  return diagnostic.file + line + ": " + diagnostic.message;
}

void Diagnostics::Add(int line, std::string message) {
  if (list_.size() == kMax) {
    list_.push_back({file_, 0, "more is wrong; mend the above first"});
  } else if (list_.size() < kMax) {
    list_.push_back({file_, line, std::move(message)});
  }
}

void Diagnostics::Add(const Diagnostics& others) {
  for (const Diagnostic& other : others.list_) Add(other.line, other.message);
}

}  // namespace usher::configuration
