// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "usher/context/v1/customer.pb.h"

namespace usher::context {

// The one way in which an address is written, so that the same address is always found: e-mail
// addresses in lower case, phone numbers without spaces and punctuation, others as they are; white
// space around them is dropped. BAD_IDENTITY when it cannot be an address of its kind.
Result<v1::Identity> Normalised(const v1::Identity& identity);

}  // namespace usher::context
