// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/id.h"
#include "base/result.h"

namespace usher::service {

// Contacts and offers are numbers inside and `c42`, `o7` outside, so that neither is taken for the
// other, nor for a count.
std::string ToText(ContactId contact);  // "" for none
std::string ToText(OfferId offer);

// INVALID_ARGUMENT: MISSING_CONTACT_ID, BAD_CONTACT_ID.
Result<ContactId> ParseContactId(std::string_view text);
// The empty text is no offer, which many calls allow; BAD_OFFER_ID otherwise.
Result<OfferId> ParseOfferId(std::string_view text);

}  // namespace usher::service
