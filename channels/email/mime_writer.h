// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "channels/email/mail_message.h"

namespace usher::email {

struct OutgoingPart {
  std::string name{};  // as the receiver sees it; made safe
  std::string type{};  // "application/pdf"; empty: application/octet-stream
  std::shared_ptr<const std::string> content{};
  std::string content_id{};  // set: an image that the HTML names as cid:…
};

// A mail as somebody wrote it; WriteMail makes the bytes of it.
struct OutgoingMail {
  std::string message_id{};  // without angle brackets; see ReplyTokens
  Instant sent_at{};
  MailAddress from{};
  std::vector<MailAddress> reply_to{};
  std::vector<MailAddress> to{};
  std::vector<MailAddress> cc{};
  std::vector<MailAddress> bcc{};  // told to the server, never written
  std::string subject{};
  std::vector<std::string> in_reply_to{};  // without angle brackets
  std::vector<std::string> references{};   // oldest first; the first and the newest 30 are written
  std::string language{};                  // Content-Language; empty: none
  // An acknowledgement or the like: Auto-Submitted, and no answers by programs, please (RFC 3834).
  bool is_automatic = false;
  std::string loop_id{};  // X-Loop: by this JudgeManners knows the mail again
  std::string text{};     // UTF-8; sent as format=flowed
  std::string html{};     // an alternative to `text`; empty: none
  std::vector<OutgoingPart> parts{};
};

struct OutgoingLimits {
  std::size_t recipients_max = 100;  // to, cc and bcc
  std::size_t parts_max = 50;
  std::size_t bytes_max = 25 * 1'024 * 1'024;  // written
};

// The bytes of a mail for SMTP: lines end with CR LF and are at most 998 long, everything is 7-bit,
// headers are encoded as RFC 2047 and file names as RFC 2231 have it, in UTF-8. Line ends in
// headers become spaces, so nothing that somebody typed makes a header.
//
// INVALID_ARGUMENT: MAIL_WITHOUT_RECIPIENT, TOO_MANY_RECIPIENTS, MAIL_ADDRESS_INVALID,
// TOO_MANY_PARTS; RESOURCE_EXHAUSTED/MAIL_TOO_LARGE. Threads as ReadMail.
Result<std::string> WriteMail(const OutgoingMail& mail, const OutgoingLimits& limits = {});

// The addresses of to, cc and bcc for the server, each once, as ToSmtpAddress gives them.
// MAIL_ADDRESS_INVALID.
Result<std::vector<std::string>> EnvelopeRecipients(const OutgoingMail& mail);

// An address as every server takes it: the domain in ASCII ("xn--…" where it is not), nothing but
// printable ASCII before the "@", at most 254 bytes. MAIL_ADDRESS_INVALID.
Result<std::string> ToSmtpAddress(std::string_view address);

// Each line behind "> " (lines that are quoted already get one mark more), at most `bytes_max` of
// the text and then "[…]".
std::string QuoteMail(std::string_view text, std::size_t bytes_max);

struct ReplyOptions {
  MailAddress from{};                        // the mailbox
  std::vector<std::string> own{};            // addresses that are never answered, lower case
  bool to_all = false;                       // the other recipients in cc
  std::string introduction{};                // above the quotation: "On Monday Ann wrote:"
  std::size_t quote_bytes_max = 64 * 1'024;  // of the original; the rest is left out with a "[…]"
};

// An answer to `mail` with its addresses, subject, threading and quotation filled in; the text
// stands above the quotation, and Message-ID and time are the caller's to set. Any thread.
OutgoingMail StartReply(const MailMessage& mail, const ReplyOptions& options,
                        std::string_view text);

// `mail` passed on to nobody yet, whole, as a message within the message, so that nothing of it is
// lost. Any thread.
OutgoingMail StartForward(const MailMessage& mail, const MailAddress& from, std::string_view text);

}  // namespace usher::email
