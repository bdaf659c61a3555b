// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/io/unary_method.h"
#include "router/service/context_node.h"

namespace grpc {
class Service;
}

namespace usher::service {

// ContextService, CaseService and PrivacyService over gRPC.
void AddContextServices(ContextNode& node, std::function<Instant()> now,
                        const io::MethodTable& table,
                        std::vector<std::unique_ptr<grpc::Service>>& services);

}  // namespace usher::service
