// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/io/unary_method.h"
#include "router/service/domain_node.h"
#include "router/service/domain_versions.h"

namespace usher::service {

// The methods of AdminService.
void AddAdminMethods(const Domains& domains, DomainVersions& versions, io::MethodTable& table);

}  // namespace usher::service
