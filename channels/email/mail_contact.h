// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channels/email/mail_manners.h"
#include "channels/email/mail_message.h"

namespace usher::email {

// What an answer to a contact's newest mail has to know. It stands in the contact's attributes, so
// that it is there again after a restart, and agents and rules can read it.
struct MailContact {
  std::string mailbox{};    // the id of ours that it came to
  std::string thread{};     // of its external id
  MailAddress answer_to{};  // Reply-To, or else From
  std::string from{};       // the address of the sender
  std::string subject{};
  std::string message_id{};  // of the newest mail
  std::vector<std::string> references{};
  std::string origin{};  // ToText(MailOrigin)
  std::string marks{};   // of how it was read, with spaces between
  std::string language{};
  std::string own{};  // addresses of ours that the newest mail went to, with spaces between
};

MailContact DescribeMail(const std::string& mailbox, const std::string& thread,
                         const MailMessage& mail, const MailManners& manners);

// What rules may ask of the mail that opened a contact besides: `mail_to` and `mail_cc` (addresses
// with blanks between, in lower case), `mail_text` (how `text` begins, on one line) and of each of
// `headers` that the mail has `mail_header_x_priority`. Values of at most 1 KiB each.
std::map<std::string, std::string> ToRuleFacts(const MailMessage& mail, std::string_view text,
                                               const std::vector<std::string>& headers);

// Values of at most 1 KiB each; of long threads the first and the newest references.
std::map<std::string, std::string> ToAttributes(const MailContact& contact);
// Nothing where they are none of a mail's.
std::optional<MailContact> FromAttributes(const std::string& external_id,
                                          const std::map<std::string, std::string>& attributes);

// The addresses that a mail went to, to and cc, that are among `own` (lower case), with spaces
// between.
std::string OwnAmong(const MailMessage& mail, const std::vector<std::string>& own);

// "mail:" and the thread.
std::string ToExternalId(const std::string& thread);

// What is said in the conversation: pieces of at most `bytes_max` bytes, broken at lines or words
// where that is possible, at most `pieces_max`; "[…]" ends a text that is longer.
std::vector<std::string> ToPieces(std::string_view text, std::size_t bytes_max,
                                  std::size_t pieces_max);

}  // namespace usher::email
