// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/io/http_message.h"
#include "base/result.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::webhook {

// What a request's CloudEvents say of customers.
//
// `subject` says whose event it is: `phone:+8613800138000`, `email:…`, any kind of address, or
// `customer:` and the customer's id. `data` is an object; its `summary`, `reference` and `url` are
// what people read, search and open; the rest are facts (numbers and truths as text, what is nested
// as JSON). `source` is the configured name of the sender, whatever the event says.
//
// INVALID_ARGUMENT: as cloudevents::ReadCloudEvents.
Result<std::vector<context::v1::CustomerEvent>> ReadCustomerEvents(const io::HttpRequest& request,
                                                                   const std::string& source);

}  // namespace usher::webhook
