// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "router/engine/words.h"

namespace usher::engine::simulation {

// What must happen sometimes. A simulation that never meets an accept in the instant of its
// deadline proves nothing about it, so every run counts these, and a run of CI in which one of
// them was seen too seldom fails.
class Coverage {
 public:
  // `what` is one of the list in coverage.cc.
  void Saw(std::string_view what);
  void SawRefusal(Refusal refusal);
  void Add(const Coverage& other);

  // One line each for what was seen less often than the list asks for a run of CI; empty when all
  // was.
  std::vector<std::string> Missing() const;
  // The same of what only worlds of the second series meet.
  std::vector<std::string> MissingOfSecondSeries() const;
  // "  1234  an accept in the very instant of its deadline", all of the list.
  std::string Table() const;
  std::uint64_t Count(std::string_view what) const;

 private:
  void Expect(std::string_view what, std::uint64_t least, std::vector<std::string>& missing) const;

  std::map<std::string_view, std::uint64_t> seen_;
};

}  // namespace usher::engine::simulation
