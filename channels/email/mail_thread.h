// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "channels/email/mail_message.h"
#include "channels/email/reply_token.h"

namespace usher::email {

// How sure it is that a mail belongs to a thread.
enum class ThreadCertainty {
  kSigned,     // it answers a mail of ours that says so, and nobody else can say that
  kReference,  // it names a mail that is known to belong there
  kGuess,      // the same sender about the same subject; shown to the agent as a guess
};

struct MailThread {
  std::string thread{};
  ThreadCertainty certainty = ThreadCertainty::kGuess;
};

// What is remembered of mails; each gives the thread, or nothing.
struct ThreadMemory {
  std::function<std::optional<std::string>(const std::string& message_id)> by_message_id{};
  // Only of threads that are open, and of an answer's subject without its prefixes.
  std::function<std::optional<std::string>(const std::string& sender, const std::string& subject)>
      by_sender_and_subject{};
};

// The thread that a mail belongs to, by the first of: a signed token of ours in the mails that it
// answers, newest first; in a bounce, the token of the mail that came back; a known mail among
// those; and as the last resort, where it claims to be an answer ("Re:") but names no mail that is
// known, its sender and subject. Nothing where it begins a thread. As fast as the memory; any
// thread that the memory allows.
std::optional<MailThread> FindMailThread(const MailMessage& mail, const ReplyTokens& tokens,
                                         const ThreadMemory& memory);

}  // namespace usher::email
