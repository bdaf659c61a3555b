// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "base/time.h"
#include "router/engine/customer_policy.h"
#include "usher/context/v1/customer.pb.h"

namespace usher::service {

// What classification rules and preferences may ask of a customer as `customer.x`:
//
//   id name tier language owner last_agent   texts; `owner` looks after the customer
//   type        potential lead contracted member partner internal
//   stage       before during after
//   value contacts open_cases                numbers
//   days_since_contact                       whole days since the last contact came in
//   repeat      whether that was within `customers.repeat_within`
//   tag_<tag> consent_<purpose>              true; a consent that was refused: false
//   <field>     declared facts, then free attributes, where the name is none of the above
//
// What is not known is not there, so that a comparison with it is false.
std::map<std::string, std::string> FactsOf(const context::v1::Customer& customer,
                                           const engine::CustomerPolicy& policy, Instant now);

}  // namespace usher::service
