// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_thread.h"

#include <vector>

#include "channels/email/ascii.h"
#include "channels/email/mail_text.h"

namespace usher::email {

namespace {

// The mails that this one is about, the nearest first.
std::vector<std::string> MailsBefore(const MailMessage& mail) {
  std::vector<std::string> ids;
  if (mail.report && !mail.report->original_message_id.empty()) {
    ids.push_back(mail.report->original_message_id);
  }
  ids.insert(ids.end(), mail.in_reply_to.begin(), mail.in_reply_to.end());
  ids.insert(ids.end(), mail.references.rbegin(), mail.references.rend());
  return ids;
}

}  // namespace

std::optional<MailThread> FindMailThread(const MailMessage& mail, const ReplyTokens& tokens,
                                         const ThreadMemory& memory) {
  const std::vector<std::string> before = MailsBefore(mail);
  for (const std::string& id : before) {
    if (auto thread = tokens.FindThread(id)) {
      return MailThread{*std::move(thread), ThreadCertainty::kSigned};
    }
  }
  for (const std::string& id : before) {
    if (auto thread = memory.by_message_id(id)) {
      return MailThread{*std::move(thread), ThreadCertainty::kReference};
    }
  }
  const std::string_view subject = WithoutReplyPrefixes(mail.subject);
  const bool claims_answer = subject.size() < Trim(mail.subject).size();
  const bool is_forward = IsForwardSubject(mail.subject);
  if (!claims_answer || is_forward || subject.empty() || mail.from.empty()) return std::nullopt;
  if (auto thread =
          memory.by_sender_and_subject(ToLower(mail.from.front().address), std::string(subject))) {
    return MailThread{*std::move(thread), ThreadCertainty::kGuess};
  }
  return std::nullopt;
}

}  // namespace usher::email
