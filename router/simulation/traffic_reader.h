// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "router/configuration/diagnostic.h"
#include "router/engine/domain.h"
#include "router/simulation/traffic.h"

namespace usher::simulation {

// What a traffic file says, or what is wrong with it; never both.
struct TrafficReading {
  std::optional<Traffic> traffic;
  std::vector<configuration::Diagnostic> diagnostics;

  bool ok() const { return traffic.has_value(); }
};

// Reads the text of a traffic file for a domain, whose queues, agents, skills and reasons it may
// name; `file` names it in diagnostics. docs/operate/simulate.md lists the keys.
TrafficReading ReadTraffic(std::string_view text, std::string_view file,
                           const engine::Domain& domain);

// Reads the file itself.
TrafficReading ReadTrafficFile(const std::string& path, const engine::Domain& domain);

}  // namespace usher::simulation
