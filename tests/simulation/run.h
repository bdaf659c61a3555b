// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/action.h"
#include "tests/simulation/simulation.h"

namespace usher::engine::simulation {

// How a run ended. `actions` are all that were taken, so that it can be taken again in parts.
struct RunResult {
  std::uint64_t digest = 0;
  Tally tally{};
  Coverage coverage{};
  std::vector<Finding> findings{};
  std::string last_events{};
  std::vector<Action> actions{};

  bool ok() const { return findings.empty(); }
};

// The world of this seed for so many actions, and then until it has settled.
RunResult RunSeed(std::uint64_t seed, std::size_t actions);

// The first domain of this seed, and the actions of somebody's choice.
RunResult RunActions(std::uint64_t seed, const std::vector<Action>& actions, bool settles);

// The shortest list that we find to break the same invariant: cut behind the failure, then every
// action left out that can be.
std::vector<Action> Shorten(std::uint64_t seed, const RunResult& failed);

// One run for a person: the findings, the actions (`shortest`), the last events.
std::string Report(std::uint64_t seed, const RunResult& failed,
                   const std::vector<Action>& shortest);

// Lines of golden.txt and regressions.txt: `seed actions [digest]`, and # comments.
struct SeedLine {
  std::uint64_t seed = 0;
  std::size_t actions = 0;
  std::string digest{};  // in hex; only golden.txt has it
};
std::vector<SeedLine> ReadSeeds(const std::string& file);
std::string Hex(std::uint64_t digest);

}  // namespace usher::engine::simulation
