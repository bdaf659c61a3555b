// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "router/engine/expression.h"

// What compiles has a canonical spelling that compiles to the same, unless its spaces make it
// longer than an expression may be.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace usher::engine;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const std::vector<std::string> skills = {"english", "billing", "tech"};
  const auto fits = [](const auto& expression) {
    return expression.Canonical().size() <= kExpressionTextMax;
  };
  if (const auto requirement = Requirement::Compile(text, skills); requirement.ok()) {
    const auto again = Requirement::Compile(requirement->Canonical(), skills);
    if (fits(*requirement) && (!again.ok() || !(*again == *requirement))) __builtin_trap();
    requirement->Evaluate(SkillLevels{50, kNotHeld, 0});
  }
  if (const auto condition = Condition::Compile(text); condition.ok()) {
    const auto again = Condition::Compile(condition->Canonical());
    if (!fits(*condition)) return 0;
    if (!again.ok() || again->Canonical() != condition->Canonical()) __builtin_trap();
  }
  return 0;
}
