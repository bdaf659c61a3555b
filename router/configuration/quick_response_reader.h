// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "router/configuration/diagnostic.h"
#include "router/configuration/queue_reader.h"
#include "router/configuration/yaml_document.h"
#include "router/engine/quick_response.h"

namespace usher::configuration {

// The part `quick_responses:` of a domain file, in its order:
//
//   quick_responses:
//     greeting: {name: Greeting, queues: support, text: "Hello {{customer.name}}, …"}
//
// At most 200, each with a text of up to 4 KiB, for every console gets them all. What is wrong is
// complained about: an unknown queue with the nearest, a placeholder that nobody fills in.
std::vector<engine::QuickResponse> ReadQuickResponses(const YamlNode& node,
                                                      const Vocabulary& vocabulary,
                                                      Diagnostics& diagnostics);

}  // namespace usher::configuration
