// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "router/engine/domain.h"

namespace usher::engine {

// Queues support and sales; ann and bob serve support, cid serves sales. Ann and bob may hold
// three chats, or one call. Tests change what they are about.
Domain SmallDomain();
Queue& QueueIn(Domain& domain, const std::string& id);
Agent& AgentIn(Domain& domain, const std::string& id);

}  // namespace usher::engine
