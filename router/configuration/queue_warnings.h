// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router/configuration/staff.h"
#include "router/configuration/warning_list.h"
#include "router/engine/domain.h"

namespace usher::configuration {

// What cannot work in one queue: whom it reaches, when its steps come, where they lead.
void WarnOfQueue(const engine::Domain& domain, const engine::Queue& queue, const Staff& staff,
                 WarningList& warnings);

}  // namespace usher::configuration
