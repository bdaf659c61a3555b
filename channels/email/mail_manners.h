// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "channels/email/mail_message.h"
#include "channels/email/reply_token.h"

namespace usher::email {

// What sent a mail, the first that holds in this order.
enum class MailOrigin {
  kOurselves,    // we did: it came back to us
  kBounce,       // a mail server, about a mail that could not be delivered
  kReceipt,      // a mail program: the mail was opened
  kOutOfOffice,  // somebody's mailbox while they are away
  kAutoReply,    // a program, in answer to a mail
  kAutomatic,    // a program, of its own accord: a notification, an order
  kList,         // a mailing list
  kBulk,         // a newsletter and its like
  kPerson,
};

std::string_view ToText(MailOrigin origin);

// What we are, to know ourselves again.
struct OwnMail {
  std::vector<std::string> addresses{};  // of our mailboxes, lower case
  std::string loop_id{};                 // what WriteMail puts into X-Loop; empty: nothing
  const ReplyTokens* tokens = nullptr;   // by which we know our own Message-IDs
};

struct MailManners {
  MailOrigin origin = MailOrigin::kPerson;
  std::string sign{};  // what says so: "Auto-Submitted: auto-replied"; empty of a person
  // Whether an automatic answer is in order (RFC 3834): only to people, who gave an address that
  // takes answers and have not asked for silence.
  bool may_auto_reply = false;
  bool marked_spam = false;  // by a filter that it went through
};

// Reads the signs that RFC 3834 (Auto-Submitted), RFC 2919 and 8058 (lists, newsletters), RFC 3464
// and 8098 (reports) and the larger vendors of mail give. Any thread.
MailManners JudgeManners(const MailMessage& mail, const OwnMail& own);

}  // namespace usher::email
