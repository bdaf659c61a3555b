// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "channels/email/email_config.h"
#include "usher/finding.h"

namespace usher::app {

// Looks at one mailbox the way in which the adapter uses it: reached, encrypted and let in over
// IMAP; its folders, whether it keeps keywords and tells of new mail by IDLE; reached and let in
// for submission, what that takes, and its clock where it shows one. Marks, moves and sends
// nothing. Blocks for as long as both servers take to answer, at most the timeouts of their
// configuration.
std::vector<Finding> ExamineMailbox(const email::EmailMailbox& mailbox);

// The keys that answers are signed with.
Finding ExamineReplyKeys(const std::filesystem::path& file);

}  // namespace usher::app
