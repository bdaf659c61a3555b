// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "channels/email/mail_message.h"

namespace usher::email {

// A message as it was read, what its text is made of and whom it is from, as lines that people can
// review and `diff` can compare.
std::string RenderMail(const MailMessage& mail);

}  // namespace usher::email
