// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/io/event_loop.h"
#include "tests/bench/lifecycle/road.h"

namespace usher::bench {

// The simple client's road: a unary call for each step and one WatchAgent stream for each agent,
// all on one connection.
std::unique_ptr<Road> OpenUnaryRoad(io::EventLoop& loop, const std::string& server,
                                    const std::string& token, RoadListener& listener);

}  // namespace usher::bench
