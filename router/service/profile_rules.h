// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "router/engine/domain.h"
#include "usher/context/v1/context_service.pb.h"
#include "usher/context/v1/customer.pb.h"

// What may stand in a customer's record, by the domain's `customers`.
namespace usher::service {

// Says why the text may not stand there; `what` is what it is, such as "name".
using WordCheck = std::function<Result<void>(std::string_view what, std::string_view text)>;

// Checks all that a request sets, before anything is asked of the store. INVALID_ARGUMENT:
// TOO_LONG, BAD_TEXT (control characters), UNKNOWN_TIER, BAD_LANGUAGE, UNKNOWN_AGENT, BAD_TYPE,
// BAD_STAGE, BAD_VALUE, EMPTY_TAG, BAD_CONSENT, UNKNOWN_FIELD, BAD_FIELD_VALUE; what `words` says
// of names, tags and texts.
Result<void> CheckProfile(const context::v1::UpdateCustomerRequest& request,
                          const engine::Domain& domain, const WordCheck& words);
// The same for a customer who is created. The addresses are not looked at.
Result<void> CheckProfile(const context::v1::Customer& customer, const engine::Domain& domain,
                          const WordCheck& words);

// Puts what the request sets into the record. Consents without a time get `now`.
// ABORTED/VERSION_CHANGED, RESOURCE_EXHAUSTED: TOO_MANY_TAGS, TOO_MANY_CONSENTS.
Result<void> ApplyProfile(const context::v1::UpdateCustomerRequest& request, Instant now,
                          context::v1::Customer& customer);

// What the request to create this customer sets, as a change of an empty record.
context::v1::UpdateCustomerRequest ToUpdate(const context::v1::Customer& customer);

}  // namespace usher::service
