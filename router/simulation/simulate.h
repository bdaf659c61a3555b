// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

namespace usher::simulation {

struct SimulateOptions {
  std::string domain_file{};
  std::string traffic_file{};
  std::string compare_file{};  // another domain file; "": none
  std::uint64_t seed = 1;
  int runs = 1;
  bool json = false;
  // What goes on, in a few words, again and again; for a terminal.
  std::function<void(const std::string&)> on_progress{};
};

// What `usher simulate` does: reads the files, simulates, prints the report to `out`, complaints to
// `err`. Returns the exit code: 0 done, 1 the simulation stopped early, 2 a file is wrong.
int SimulateFiles(const SimulateOptions& options, std::ostream& out, std::ostream& err);

}  // namespace usher::simulation
