// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "router/engine/domain.h"
#include "router/simulation/traffic.h"
#include "tests/theory/erlang.h"

namespace usher::theory {

// One queue of voice calls and equal agents who answer at once: the textbook's model, as a domain
// and its traffic. What a test breaks on purpose, it changes in these.
struct CallCentre {
  engine::Domain domain;
  simulation::Traffic traffic;
};

// `arrivals` are counted on average; they come after a warm-up of a tenth as many, or of
// `warm_up_s`, whichever is longer.
struct Length {
  double arrivals = 0;
  double warm_up_s = 0;
};

CallCentre MakeCallCentre(const Load& load, const Length& length, Duration in_time);

}  // namespace usher::theory
