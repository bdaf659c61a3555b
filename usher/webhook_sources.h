// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "channels/webhook/webhook_adapter.h"

namespace usher::app {

// Reads the systems that tell what happens to customers:
//
//   sources:
//     shop: {secret_file: shop.secret}
//     carrier: {domain: acme, secret_file: [carrier.secret, carrier-old.secret]}
//
// A secret's file is named from the folder of this one, holds `whsec_…`, and may be read by nobody
// but its owner. BAD_WEBHOOK_FILE names each line that is wrong; SECRET_EXPOSED.
Result<std::vector<webhook::Source>> ReadWebhookSources(const std::filesystem::path& file);

}  // namespace usher::app
