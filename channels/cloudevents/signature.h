// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/io/http_message.h"
#include "base/result.h"
#include "base/time.h"

namespace usher::cloudevents {

// A secret that a sender signs with; `whsec_` and base64 in its file, 24 to 64 bytes of it.
// INVALID_ARGUMENT/BAD_WEBHOOK_SECRET, which repeats nothing of the text.
Result<std::string> ParseSecret(std::string_view text);

// How far the time of signing may be from ours: what was recorded on the way is of no use later.
inline constexpr Duration kSignatureAge = std::chrono::minutes{5};

// Whether the request was signed with one of the secrets, as Standard Webhooks has it: the headers
// `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature` (`v1,` and base64 of the
// HMAC-SHA256 of id, timestamp and body with dots between; several, with spaces between, where the
// sender changes its secret). UNAUTHENTICATED: WEBHOOK_UNSIGNED, WEBHOOK_TIMESTAMP,
// WEBHOOK_SIGNATURE.
Result<void> CheckSignature(const io::HttpRequest& request, const std::vector<std::string>& secrets,
                            Instant now);

// The headers that say the same of what is sent by us. `id` must stay the same when it is sent
// again; the time must not.
io::HttpHeaders Sign(const std::string& id, const std::string& body, const std::string& secret,
                     Instant now);

}  // namespace usher::cloudevents
