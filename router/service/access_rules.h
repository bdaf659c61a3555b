// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/io/access.h"

namespace usher::service {

// Who may call which method of the router's services: one row a method, deny by default. The
// methods themselves check which contact, agent or customer the caller may touch.
void AllowRouterMethods(io::AccessPolicy& policy);

}  // namespace usher::service
