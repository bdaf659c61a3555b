// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/io/http_message.h"
#include "base/result.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::webhook {

inline constexpr int kEventsMax = 200;  // of one request

// The events of a request by CloudEvents 1.0, in any of its three ways over HTTP: structured
// (`application/cloudevents+json`), batched (`application/cloudevents-batch+json`) or binary
// (attributes as `ce-` headers, `data` as the JSON body).
//
// `subject` says whose event it is: `phone:+8613800138000`, `email:…`, any kind of address, or
// `customer:` and the customer's id. `data` is an object; its `summary`, `reference` and `url` are
// what people read, search and open; the rest are facts (numbers and truths as text, what is nested
// as JSON). `source` is the configured name of the sender, whatever the event says.
//
// INVALID_ARGUMENT: BAD_CONTENT_TYPE, BAD_CLOUD_EVENT with what is wrong, TOO_MANY_EVENTS.
Result<std::vector<context::v1::CustomerEvent>> ReadCloudEvents(const io::HttpRequest& request,
                                                                const std::string& source);

}  // namespace usher::webhook
