// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/id.h"
#include "channels/email/acknowledgement.h"
#include "channels/email/auto_reply_budget.h"
#include "channels/email/mail_message.h"
#include "channels/email/mailbox.h"
#include "channels/email/mime_reader.h"
#include "channels/email/outbox.h"
#include "channels/email/smtp_client.h"

namespace usher::email {

// What mails of one queue have of their own.
struct EmailQueue {
  std::string signature{};  // in place of the mailbox's; empty: that
  QueueManners manners{};
};

// A mailbox that customers write to, and that answers come from.
struct EmailMailbox {
  std::string id{};         // in attributes, logs and metrics
  DomainId domain{};        // whose contacts it brings
  MailAddress address{};    // in From of every answer, fixed
  std::string queue{};      // where its contacts wait; rules may decide otherwise
  std::string signature{};  // below every answer; empty: none
  std::map<std::string, EmailQueue> queues{};  // by id
  bool html = false;                         // answers have an HTML alternative, made of their text
  std::string files_folder = "Usher files";  // where files that agents attach are kept
  std::string outbox_folder = "Usher outbox";      // what is being sent; see SentRecords
  std::string contacts_folder = "Usher contacts";  // which contacts are not over; see ContactRoll
  std::string sent_folder{};                       // where sent mail is kept; empty: nowhere
  bool sent_by_server = false;                     // its server puts what it sends there by itself
  MailboxConfig inbox{};
  SmtpConfig outgoing{};
};

struct EmailConfig {
  std::vector<EmailMailbox> mailboxes{};
  // The name that several processes with these mailboxes share at the router: one works, the others
  // stand by for it. Empty: there is one process.
  std::string standby{};
  std::filesystem::path reply_keys_file{};  // see ReplyTokens
  MailLimits limits{};
  std::vector<std::string> headers{};  // that rules may ask for, besides what they always may
  AutoReplyLimits auto_replies{};
  Outbox::Limits outbox{.undo = Duration{0}};  // what an agent has said is said
};

}  // namespace usher::email
