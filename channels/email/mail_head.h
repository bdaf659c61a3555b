// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "channels/email/file_address.h"
#include "channels/email/mail_manners.h"
#include "channels/email/mail_message.h"
#include "usher/context/v1/conversation.pb.h"

namespace usher::email {

// What the conversation says of a mail that came besides its text: who it is from and to, its
// subject, where its HTML and the whole of it are, and what its reader should know. Values that are
// longer than a head may have are cut, addresses beyond its most are left out.
context::v1::MailHead ToMailHead(const MailMessage& mail, const MailManners& manners,
                                 const FileAddress& where);

// Adds the mail's parts to the message, as many as a message may have.
void AddAttachments(const MailMessage& mail, const FileAddress& where,
                    context::v1::Message& message);

// Where a mail is in its mailbox; `bytes` as its server counts.
FileAddress AddressOf(const std::string& mailbox, const std::string& key, const MailMessage& mail,
                      std::uint64_t bytes);

}  // namespace usher::email
