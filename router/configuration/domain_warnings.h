// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "router/configuration/diagnostic.h"
#include "router/configuration/domain_reader.h"

namespace usher::configuration {

// What is valid in a domain but cannot work as its author hopes: a requirement that no agent meets,
// a step that adds nobody or never comes, a queue, channel or skill that nobody serves or holds,
// room that can never be used, a rule that can never fire, hours that are never open. Each a
// sentence that names the thing, with its line, in the order of the file; none where the reading
// failed. Costs O(memberships × steps).
std::vector<Diagnostic> WarnAbout(const DomainReading& reading);

}  // namespace usher::configuration
