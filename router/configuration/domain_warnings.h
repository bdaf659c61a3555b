// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "router/engine/domain.h"

namespace usher::configuration {

// What is valid in a domain but cannot work as its author hopes: a requirement that no agent meets,
// a step that adds nobody, a queue or channel that nobody serves, room that can never be used, no
// pause at all between a reject and the next offer, a rule that can never fire. Each a sentence
// that names the thing. Costs
// O(memberships × steps).
std::vector<std::string> WarnAbout(const engine::Domain& domain);

}  // namespace usher::configuration
