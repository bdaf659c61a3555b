// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/id.h"
#include "channels/email/mail_message.h"
#include "channels/email/mailbox.h"
#include "channels/email/mime_reader.h"
#include "channels/email/outbox.h"
#include "channels/email/smtp_client.h"

namespace usher::email {

// A mailbox that customers write to, and that answers come from.
struct EmailMailbox {
  std::string id{};                          // in attributes, logs and metrics
  DomainId domain{};                         // whose contacts it brings
  MailAddress address{};                     // in From of every answer, fixed
  std::string queue{};                       // where its contacts wait; rules may decide otherwise
  std::string signature{};                   // below every answer; empty: none
  std::string files_folder = "Usher files";  // where files that agents attach are kept
  MailboxConfig inbox{};
  SmtpConfig outgoing{};
};

struct EmailConfig {
  std::vector<EmailMailbox> mailboxes{};
  std::filesystem::path reply_keys_file{};  // see ReplyTokens
  MailLimits limits{};
  Outbox::Limits outbox{.undo = Duration{0}};  // what an agent has said is said
};

}  // namespace usher::email
