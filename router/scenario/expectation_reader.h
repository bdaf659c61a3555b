// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router/configuration/diagnostic.h"
#include "router/configuration/yaml_document.h"
#include "router/scenario/scenario.h"

namespace usher::scenario {

// Reads what stands under `expect:`, every value in the one spelling that the state is shown in:
// `90s` and `1.5m` are the same time.
Expectation ReadExpectation(const configuration::YamlNode& node,
                            configuration::Diagnostics& diagnostics);

}  // namespace usher::scenario
