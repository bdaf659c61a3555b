// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/time.h"
#include "router/engine/event.h"
#include "router/scenario/contact_names.h"

namespace usher::scenario {

// One event as a line for a person: `16s missed c1 -> ann`. Times count from `start`.
std::string TextOf(const engine::Event& event, Instant start, const ContactNames& names);

// What a scenario expects of the event, `c1 -> ann`; empty for events that no expectation names.
std::string PairOf(const engine::Event& event, const ContactNames& names);

}  // namespace usher::scenario
