// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/io/unary_method.h"
#include "router/service/call_desk.h"
#include "router/service/domain_node.h"

namespace usher::service {

// The unary methods of AgentService.
void AddAgentMethods(const Domains& domains, const CallDesks& calls, io::MethodTable& table);

}  // namespace usher::service
