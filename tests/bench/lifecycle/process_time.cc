// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/lifecycle/process_time.h"

#include <fstream>
#include <sstream>
#include <string>

#include <unistd.h>

#include "tests/bench/lifecycle/fail.h"

namespace usher::bench {

double CpuSeconds(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat;
  if (!std::getline(file, stat)) {
    Fail("process " + std::to_string(pid) + " is gone");
  }
  // The name in parentheses may hold spaces: count the fields from its end.
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace usher::bench
