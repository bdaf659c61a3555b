// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "usher/context/v1/conversation.pb.h"

// What the head of a mail must be to be kept with its message. Pure functions.
//
// What an agent writes may not say where the files of a mail are, for by such an address they are
// fetched: an agent's attachments are those that agents put there
// (`x-mail:support/file-<sha256>/1`, which nobody guesses who has not got the file), and parts of
// mails that came in the same conversation, which received_files.h looks up.
namespace usher::service {

// Of what is said. A chat is short; into a mail people paste what they have written elsewhere.
inline constexpr std::size_t kTextBytesMax = 8 * 1024;
inline constexpr std::size_t kMailTextBytesMax = 64 * 1024;  // with a mail's head

// TOO_LONG.
Result<void> CheckText(const std::string& text, bool is_mail);

// The head of a message whose author is certain. INVALID_ARGUMENT: BAD_MAIL names the field.
Result<void> CheckMail(const context::v1::Message& message);
// What an agent has begun to write, in the same bounds; addresses may be half-written. Errors as of
// CheckMail, and TOO_MANY_ATTACHMENTS, TOO_LONG.
Result<void> CheckDraft(const context::v1::Draft& draft);

// An address of a file in a mailbox that no agent put there: a part of a mail that came.
bool IsReceivedFile(std::string_view url);

// `ann@shop.example`, up to 254 bytes: something on both sides of an @, and nothing that would end
// an address in a mail's header.
bool IsMailAddress(std::string_view text);

}  // namespace usher::service
