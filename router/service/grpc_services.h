// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "base/io/unary_method.h"
#include "router/service/domain_node.h"

namespace grpc {
class Service;
}

namespace usher::service {

// RoutingService, AgentService and AdminService over gRPC: unary methods from the table, streams on
// the domains. What they are given must outlive them.
std::vector<std::unique_ptr<grpc::Service>> MakeGrpcServices(const Domains& domains,
                                                             const io::MethodTable& table);

}  // namespace usher::service
