// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/id.h"

namespace usher::context {

// 80 random bits in Crockford's base 32: nobody guesses one, no two meet.
CustomerId NewCustomerId();

// The id of the customer whom this request creates: 80 bits of a SHA-256, so that the same request
// always meets the same record.
CustomerId CustomerIdOf(const DomainId& domain, const std::string& request_id);

}  // namespace usher::context
