// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/result.h"
#include "channels/email/email_config.h"

namespace usher::app {

// Reads the mailboxes that customers write to; docs/integrate/email.md explains each key:
//
//   reply_keys_file: reply.keys
//   mailboxes:
//     support:
//       address: support@shop.example
//       name: Shop
//       queue: support
//       since: 2026-11-22
//       imap: {host: imap.shop.example, user: support, secret_file: support.secret}
//       smtp: {host: smtp.shop.example, user: support, secret_file: support.secret}
//
// Files are named from the folder of this one. BAD_EMAIL_FILE names each line that is wrong.
Result<email::EmailConfig> ReadEmailFile(const std::filesystem::path& file);

}  // namespace usher::app
