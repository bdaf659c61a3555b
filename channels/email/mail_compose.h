// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "channels/email/email_config.h"
#include "channels/email/mail_contact.h"
#include "channels/email/mime_writer.h"
#include "usher/context/v1/conversation.pb.h"

namespace usher::email {

// A mail that came, for the quotation below the answer.
struct QuotedMail {
  std::string text{};  // empty: there was none
  std::string name{};  // of its sender, or the address
  Instant at{};
};

// What an agent's message becomes a mail of.
struct MailPlan {
  const EmailMailbox& mailbox;
  const std::vector<std::string>& own;  // addresses of all our mailboxes, lower case
  std::string queue{};                  // whose signature it has
  MailContact about{};
  QuotedMail quoted{};
  std::string newest_own_id{};  // Message-ID of our last mail of the thread; empty: none
  context::v1::Message message{};
  std::string message_id{};
  std::string loop_id{};
  Instant now{};
  std::vector<OutgoingPart> files{};              // of the message's attachments
  std::shared_ptr<const std::string> original{};  // of a forward: the mail that is passed on
  bool is_automatic = false;                      // a program wrote it: an acknowledgement
};

// The mail. An answer is to whom the newest mail of the thread asks for, unless the agent said
// otherwise, never to a mailbox of ours while somebody else is left; it has the thread's headers
// and the newest mail below it, quoted. A forward holds the mail whole. A new one has neither. What
// a program wrote says so, and has no signature and no quotation. MAIL_WITHOUT_RECIPIENT and what
// is wrong with addresses is WriteMail's to say. Any thread.
OutgoingMail ComposeMail(const MailPlan& plan);

// The signature of mails of that queue: its own, or else the mailbox's.
const std::string& SignatureOf(const EmailMailbox& mailbox, const std::string& queue);

// "On 2026-11-22 11:45 UTC, Ann wrote:" in the language of the thread where that is German or
// Chinese, in English otherwise. Empty where there is nothing to quote.
std::string QuotationIntroduction(const QuotedMail& quoted, std::string_view language);

}  // namespace usher::email
