// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "usher/context/v1/customer.pb.h"

namespace usher::context {

// The one way in which an address is written, so that the same address is always found. White space
// around it is dropped, and then
//   phone  in E.164 with an extension behind it, as +861012345678 or +16502530000;ext=12. National
//          forms are read as those of `country`, an ISO 3166-1 code; "" reads international forms
//          alone. What is no valid number stays as its digits, so that an internal extension and a
//          service's short code still are addresses.
//   email  in lower case, the domain in letters rather than punycode;
// and any other kind as it is. BAD_IDENTITY when it cannot be an address of its kind.
//
// Reading a phone number takes tens of microseconds, all other kinds well below one.
Result<v1::Identity> Normalised(const v1::Identity& identity, std::string_view country);

// Other ways in which the same address may be stored: as it was written before phone numbers were
// read, or before the domain named its country. At most four; none for most kinds. `told` is what
// `normalised` was made of, or the same.
std::vector<std::string> FormerValues(const v1::Identity& told, const v1::Identity& normalised,
                                      std::string_view country);

}  // namespace usher::context
