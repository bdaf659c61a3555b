// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/io/unary_method.h"
#include "router/service/domain_node.h"

namespace usher::service {

// The methods of RouterService, for the router of this id.
void AddRouterMethods(const Domains& domains, const std::string& router_id, io::MethodTable& table);

}  // namespace usher::service
