// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "base/result.h"
#include "base/time.h"
#include "router/service/context_node.h"
#include "router/service/domain_node.h"
#include "router/service/intake.h"

namespace usher::service {

// Finds or creates the customer whom a newcomer is from, for Intake::SetSenders. A name or language
// that may not stand in a record is left out, so that whatever an adapter was told the contact has
// its customer. BAD_IDENTITY where the address is none, why there is no room for somebody new, why
// this router does not lead, what the store says.
void FindSender(ContextNode& context, DomainNode& led, const Arrival& arrival, Instant now,
                std::function<void(Result<Intake::Known>)> found);

}  // namespace usher::service
