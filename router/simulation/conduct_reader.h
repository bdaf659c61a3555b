// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router/configuration/mapping_reader.h"
#include "router/simulation/traffic.h"

namespace usher::simulation {

// Reads the keys that say how contacts go, wherever they may stand: handle, patience, wrap_up,
// redial, transfer, hold.
void ReadConduct(configuration::MappingReader& reader, const configuration::Names& queues,
                 Conduct& out);

}  // namespace usher::simulation
