// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace usher::app {

enum class Verdict : std::uint8_t { kGood, kAdvice, kWrong };

// What `usher doctor` found of one thing.
struct Finding {
  Verdict verdict = Verdict::kGood;
  std::string about{};      // "version"
  std::string text{};       // a sentence
  std::string next_step{};  // empty for what is good
};

// What it found of one server, in the order of looking.
class Findings {
 public:
  void Good(std::string about, std::string text) {
    list_.push_back({Verdict::kGood, std::move(about), std::move(text), ""});
  }
  void Advise(std::string about, std::string text, std::string next_step) {
    list_.push_back({Verdict::kAdvice, std::move(about), std::move(text), std::move(next_step)});
  }
  void Wrong(std::string about, std::string text, std::string next_step) {
    list_.push_back({Verdict::kWrong, std::move(about), std::move(text), std::move(next_step)});
  }
  std::vector<Finding> Take() { return std::move(list_); }

 private:
  std::vector<Finding> list_;
};

// Whether what goes to this host stays in the machine.
inline bool IsOnLoopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace usher::app
