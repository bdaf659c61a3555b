// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router/configuration/mapping_reader.h"
#include "router/configuration/queue_reader.h"
#include "router/engine/customer_policy.h"

namespace usher::configuration {

// `customers: {…}`: what is kept of customers, who may see it, for how long.
engine::CustomerPolicy ReadCustomers(const YamlNode& node, Diagnostics& diagnostics);

// `cases: {…}`: the matters of customers, and where their tasks wait.
engine::CasePolicy ReadCases(const YamlNode& node, const Vocabulary& vocabulary,
                             Diagnostics& diagnostics);

}  // namespace usher::configuration
