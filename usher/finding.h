// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace usher::app {

enum class Verdict : std::uint8_t { kGood, kAdvice, kWrong };

// What `usher doctor` found of one thing.
struct Finding {
  Verdict verdict = Verdict::kGood;
  std::string about{};      // "version"
  std::string text{};       // a sentence
  std::string next_step{};  // empty for what is good
};

}  // namespace usher::app
