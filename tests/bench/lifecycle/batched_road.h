// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/io/event_loop.h"
#include "tests/bench/lifecycle/road.h"

namespace usher::bench {

// The main road: one RouteContacts stream and one ServeAgents stream for everything.
std::unique_ptr<Road> OpenBatchedRoad(io::EventLoop& loop, const std::string& server,
                                      const std::string& token, RoadListener& listener);

}  // namespace usher::bench
