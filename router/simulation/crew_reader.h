// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router/configuration/mapping_reader.h"
#include "router/engine/domain.h"
#include "router/simulation/traffic.h"

namespace usher::simulation {

// Reads `agents`: a list of groups, each saying who, when they work and how they answer. What a
// later group says of an agent goes before what an earlier one said, key by key. Whom no group
// names stays away; without `agents`, everybody works from the start and answers at once. Fills
// `traffic.agents` and `traffic.rotas`; start and duration are known by now.
void ReadCrew(configuration::MappingReader& reader, const engine::Domain& domain, Traffic& traffic);

}  // namespace usher::simulation
