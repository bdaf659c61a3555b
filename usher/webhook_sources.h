// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "channels/telephony_webhook/telephony_config.h"
#include "channels/webhook/webhook_adapter.h"

namespace usher::app {

// The systems that speak webhooks with this process.
struct WebhookFile {
  std::vector<webhook::Source> sources;                       // tell what happens to customers
  std::vector<telephony_webhook::TelephonySystem> telephony;  // have telephone calls
};

// Reads them:
//
//   sources:
//     shop: {secret_file: shop.secret}
//     carrier: {domain: acme, secret_file: [carrier.secret, carrier-old.secret]}
//   telephony:
//     pbx:
//       secret_file: pbx.secret
//       url: https://pbx.example/usher
//       queue: support
//       numbers: {"+4930555100": sales}
//       telephones: {ann: "201"}
//
// A secret's file is named from the folder of this one, holds `whsec_…`, and may be read by nobody
// but its owner. BAD_WEBHOOK_FILE names each line that is wrong; SECRET_EXPOSED.
Result<WebhookFile> ReadWebhookFile(const std::filesystem::path& file);

}  // namespace usher::app
