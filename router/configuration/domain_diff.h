// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "router/engine/domain.h"

namespace usher::configuration {

// What applying `after` over `before` would change, one line a change, for a person to read before
// it is applied: `queue support: offer_timeout 15s -> 20s`, `agent bob added`,
// `agent ann: skills.english 80 -> 90`. Empty when nothing changes. Lines stand in the order of
// the file: heading, hours, profiles, queues, agents, rules.
std::vector<std::string> DiffDomains(const engine::Domain& before, const engine::Domain& after);

}  // namespace usher::configuration
