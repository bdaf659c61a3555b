// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router/configuration/staff.h"
#include "router/configuration/warning_list.h"
#include "router/engine/domain.h"

namespace usher::configuration {

// Rules that can never fire, change nothing when they do, are always undone by a later rule, or ask
// for what no agent has.
void WarnOfRules(const engine::Domain& domain, const Staff& staff, WarningList& warnings);

}  // namespace usher::configuration
