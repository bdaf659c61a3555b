// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/io/unary_method.h"
#include "router/service/adapter_standbys.h"
#include "router/service/call_desk.h"
#include "router/service/context_methods.h"
#include "router/service/domain_node.h"

namespace grpc {
class Service;
}

namespace usher::service {

// RoutingService, ExplainService, AgentService, ContextService and AdminService over gRPC: unary
// methods from the table, streams on the domains and the context. `now` stamps what is said. What
// they are given must outlive them.
std::vector<std::unique_ptr<grpc::Service>> MakeGrpcServices(
    const Domains& domains, const CallDesks& calls, const Standbys& standbys, ContextNode& context,
    std::function<Instant()> now, const io::MethodTable& table);

}  // namespace usher::service
