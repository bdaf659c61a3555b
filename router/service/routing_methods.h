// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/io/unary_method.h"
#include "router/service/domain_node.h"

namespace usher::service {

// The unary methods of RoutingService.
void AddRoutingMethods(const Domains& domains, io::MethodTable& table);

}  // namespace usher::service
