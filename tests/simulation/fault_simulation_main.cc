// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "tests/simulation/run.h"

// Simulated worlds for hours, by hand:
//   usher_fault_simulation --seeds 10000 --from 1 --steps 400
//   usher_fault_simulation --minutes 60
//   usher_fault_simulation --golden tests/simulation/golden.txt      prints the file anew
//   usher_fault_simulation --keep tests/simulation/regressions.txt   adds the seeds that fail

namespace {

using namespace usher::engine::simulation;  // NOLINT(google-build-using-namespace)

volatile std::sig_atomic_t stop = 0;
std::uint64_t running_seed = 0;

// A failed USHER_CHECK ends the program; the seed must not be lost with it.
void OnAbort(int) {
  std::cerr << "seed " << running_seed << " ended the program" << std::endl;
  std::_Exit(134);
}

struct Options {
  std::uint64_t from = 1;
  std::uint64_t seeds = 100;
  std::size_t actions = 400;
  std::int64_t minutes = 0;  // 0: as many seeds as named
  std::string golden;
  std::string keep;
  bool table = false;
};

int Usage() {
  std::cerr << "usher_fault_simulation [--seeds N] [--from S] [--steps K] [--minutes M]\n"
               "                       [--coverage] [--golden FILE] [--keep FILE]\n";
  return 2;
}

std::optional<Options> Parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--coverage") {
      options.table = true;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    const std::string value = argv[++i];
    const std::uint64_t number = std::strtoull(value.c_str(), nullptr, 10);
    if (name == "--seeds") {
      options.seeds = number;
    } else if (name == "--from") {
      options.from = number;
    } else if (name == "--steps") {
      options.actions = number;
    } else if (name == "--minutes") {
      options.minutes = static_cast<std::int64_t>(number);
      options.seeds = UINT64_MAX;
    } else if (name == "--golden") {
      options.golden = value;
    } else if (name == "--keep") {
      options.keep = value;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

int PrintGolden(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line) && line.starts_with('#')) std::cout << line << "\n";
  for (const SeedLine& seed : ReadSeeds(file)) {
    const RunResult result = RunSeed(seed.seed, seed.actions);
    if (!result.ok()) return 1;
    std::cout << seed.seed << " " << seed.actions << " " << Hex(result.digest) << "\n";
  }
  return 0;
}

void PrintTally(std::uint64_t seeds, const Tally& tally, std::uint64_t failed) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(tally.simulated).count();
  std::cout << seeds << " seeds, " << hours << " simulated hours, " << tally.commands
            << " commands (" << tally.refused << " refused), " << tally.events << " events, "
            << tally.restarts << " restarts, " << tally.applied << " domains applied, "
            << tally.faults << " faults of the way; " << failed << " seeds failed" << std::endl;
}

void Keep(const std::string& file, std::uint64_t seed, std::size_t actions,
          const Finding& finding) {
  std::ofstream(file, std::ios::app)
      << seed << " " << actions << "  # invariant " << finding.invariant << "\n";
}

int Run(const Options& options) {
  const auto begin = std::chrono::steady_clock::now();
  const auto is_over = [&] {
    return options.minutes > 0 &&
           std::chrono::steady_clock::now() - begin >= std::chrono::minutes{options.minutes};
  };
  Tally tally;
  Coverage coverage;
  std::uint64_t failed = 0;
  std::uint64_t seeds = 0;
  for (; seeds < options.seeds && stop == 0 && failed < 10 && !is_over(); ++seeds) {
    running_seed = options.from + seeds;
    const RunResult result = RunSeed(running_seed, options.actions);
    tally.Add(result.tally);
    coverage.Add(result.coverage);
    if (seeds % 1000 == 999) PrintTally(seeds + 1, tally, failed);
    if (result.ok()) continue;
    ++failed;
    std::cout << Report(running_seed, result, Shorten(running_seed, result)) << std::endl;
    if (!options.keep.empty()) {
      Keep(options.keep, running_seed, result.actions.size(), result.findings.front());
    }
  }
  if (options.table) std::cout << coverage.Table();
  PrintTally(seeds, tally, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Options> options = Parse(argc, argv);
  if (!options) return Usage();
  std::signal(SIGINT, [](int) { stop = 1; });
  std::signal(SIGTERM, [](int) { stop = 1; });
  std::signal(SIGABRT, OnAbort);
  if (!options->golden.empty()) return PrintGolden(options->golden);
  return Run(*options);
}
