// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace usher::engine::simulation {

// An invariant that did not hold. `invariant` names it as in README.md of this folder, and what
// broke it is said in words.
struct Finding {
  std::string invariant{};
  std::string what{};
};

class Findings {
 public:
  void Report(const char* invariant, std::string what) {
    all_.push_back({invariant, std::move(what)});
  }
  const std::vector<Finding>& all() const { return all_; }
  bool empty() const { return all_.empty(); }

 private:
  std::vector<Finding> all_;
};

}  // namespace usher::engine::simulation
