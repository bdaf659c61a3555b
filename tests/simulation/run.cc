// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/run.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/check.h"
#include "tests/simulation/random_domain.h"
#include "tests/simulation/workload.h"

namespace usher::engine::simulation {
namespace {

RunResult ResultOf(const Simulation& simulation, std::vector<Action> actions) {
  return {.digest = simulation.digest(),
          .tally = simulation.tally(),
          .coverage = simulation.coverage(),
          .findings = simulation.findings().all(),
          .last_events = simulation.LastEvents(),
          .actions = std::move(actions)};
}

// The same invariant is broken, if perhaps by another contact.
bool FailsAlike(const RunResult& result, const RunResult& failed) {
  return !result.ok() && result.findings.front().invariant == failed.findings.front().invariant;
}

}  // namespace

RunResult RunSeed(std::uint64_t seed, std::size_t count) {
  Workload workload(seed);
  Simulation simulation(workload.first_domain());
  std::vector<Action> actions;
  while (actions.size() < count && simulation.findings().empty()) {
    actions.push_back(workload.Next(simulation.engine(), simulation.now()));
    simulation.Do(actions.back());
  }
  if (simulation.findings().empty()) simulation.Settle();
  return ResultOf(simulation, std::move(actions));
}

RunResult RunActions(std::uint64_t seed, const std::vector<Action>& actions, bool settles) {
  Simulation simulation(Workload(seed).first_domain());
  for (const Action& action : actions) simulation.Do(action);
  if (settles && simulation.findings().empty()) simulation.Settle();
  return ResultOf(simulation, actions);
}

std::vector<Action> Shorten(std::uint64_t seed, const RunResult& failed) {
  std::vector<Action> shortest = failed.actions;
  const bool settles = RunActions(seed, shortest, false).ok();
  for (std::size_t chunk = std::max<std::size_t>(shortest.size() / 2, 1);; chunk /= 2) {
    for (std::size_t end = shortest.size(); end > 0;) {
      const std::size_t start = end > chunk ? end - chunk : 0;
      std::vector<Action> fewer = shortest;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(start),
                  fewer.begin() + static_cast<std::ptrdiff_t>(end));
      if (FailsAlike(RunActions(seed, fewer, settles), failed)) shortest = std::move(fewer);
      end = start;
    }
    if (chunk <= 1) return shortest;
  }
}

std::string Report(std::uint64_t seed, const RunResult& failed,
                   const std::vector<Action>& shortest) {
  const RunResult again = RunActions(seed, shortest, true);
  const RunResult& shown = again.ok() ? failed : again;
  std::string text = "seed " + std::to_string(seed) + " breaks an invariant after " +
                     std::to_string(failed.actions.size()) + " actions\n";
  for (const Finding& finding : shown.findings) {
    text += "  invariant " + finding.invariant + ": " + finding.what + "\n";
  }
  text += std::to_string(shortest.size()) + " of these actions do it:\n";
  for (const Action& action : shortest) text += "  " + Describe(action, kWorldStart) + "\n";
  text += "the last events:\n" + shown.last_events;
  return text;
}

std::vector<SeedLine> ReadSeeds(const std::string& file) {
  std::ifstream in(file);
  USHER_CHECK(in.good(), file);
  std::vector<SeedLine> seeds;
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream words(line.substr(0, line.find('#')));
    SeedLine seed;
    if (!(words >> seed.seed >> seed.actions)) continue;
    words >> seed.digest;
    seeds.push_back(std::move(seed));
  }
  return seeds;
}

std::string Hex(std::uint64_t digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (int shift = 60; shift >= 0; shift -= 4) hex += kDigits[(digest >> shift) & 15u];
  return hex;
}

}  // namespace usher::engine::simulation
