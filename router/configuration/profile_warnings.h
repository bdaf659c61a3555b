// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router/configuration/warning_list.h"
#include "router/engine/domain.h"

namespace usher::configuration {

// Capacity that can never be used: by its units, by who has the profile, by the queues they serve.
void WarnOfProfiles(const engine::Domain& domain, WarningList& warnings);

}  // namespace usher::configuration
