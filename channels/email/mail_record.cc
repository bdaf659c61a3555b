// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_record.h"

#include "channels/email/ascii.h"

namespace usher::email {

namespace {

constexpr std::string_view kRecipients = "X-Usher-Recipients:";

}  // namespace

std::string ToRecord(const std::vector<std::string>& recipients, const std::string& claim,
                     const std::string& mail) {
  // Folded, for a line of mail has at most 998 bytes.
  std::string lines(kRecipients);
  for (const std::string& one : recipients) lines += "\r\n " + one;
  lines += "\r\n";
  if (!claim.empty()) lines += std::string(kClaimHeader) + ": " + claim + "\r\n";
  return lines + mail;
}

std::vector<std::string> ReadRecipients(std::string_view record) {
  std::vector<std::string> recipients;
  if (!StartsWithIgnoringCase(record, kRecipients)) return recipients;
  record.remove_prefix(kRecipients.size());
  while (recipients.size() < kRecordRecipientsMax) {
    const std::size_t end = record.find('\n');
    const std::string_view line = Trim(record.substr(0, end));
    if (!line.empty()) recipients.emplace_back(line);
    if (end == record.npos) return recipients;
    record.remove_prefix(end + 1);
    if (!record.starts_with(' ') && !record.starts_with('\t')) return recipients;
  }
  return recipients;
}

}  // namespace usher::email
