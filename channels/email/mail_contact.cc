// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_contact.h"

#include <algorithm>

#include "channels/email/ascii.h"

namespace usher::email {

namespace {

constexpr std::size_t kValueBytesMax = 1'000;
constexpr std::string_view kPrefix = "mail:";
constexpr std::string_view kCutMark = "[…]";

void Put(const std::string& key, std::string_view value,
         std::map<std::string, std::string>& attributes) {
  if (!value.empty()) attributes[key] = CutUtf8(value, kValueBytesMax);
}

// As many of the newest as fit behind the first, which names the thread elsewhere.
std::string JoinReferences(const std::vector<std::string>& ids) {
  std::string text;
  for (std::size_t i = ids.size(); i > 1; --i) {
    const std::string& id = ids[i - 1];
    if (text.size() + id.size() + ids.front().size() + 2 > kValueBytesMax) break;
    text.insert(0, " " + id);
  }
  return ids.empty() ? "" : ids.front() + text;
}

std::vector<std::string> SplitReferences(std::string_view text) {
  std::vector<std::string> ids;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    if (end != 0) ids.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return ids;
}

std::string JoinAddresses(const std::vector<MailAddress>& addresses) {
  std::string text;
  for (const MailAddress& one : addresses) {
    if (text.size() + one.address.size() > kValueBytesMax) break;
    text.append(text.empty() ? "" : " ").append(ToLower(one.address));
  }
  return text;
}

// Its begin, with one blank for any run of blanks and line ends.
std::string OnOneLine(std::string_view text) {
  std::string line;
  for (const char c : Trim(text)) {
    if (line.size() > kValueBytesMax) break;
    const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (is_blank && !line.empty() && line.back() == ' ') continue;
    line += is_blank ? ' ' : c;
  }
  return line;
}

// "X-Priority" as "mail_header_x_priority": a name that rules can write.
std::string HeaderFact(std::string_view header) {
  std::string fact = "mail_header_";
  for (const char c : ToLower(header)) {
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    fact += is_kept ? c : '_';
  }
  return fact;
}

}  // namespace

MailContact DescribeMail(const std::string& mailbox, const std::string& thread,
                         const MailMessage& mail, const MailManners& manners) {
  MailContact contact{.mailbox = mailbox,
                      .thread = thread,
                      .answer_to = {},
                      .from = mail.from.empty() ? "" : mail.from.front().address,
                      .subject = mail.subject,
                      .message_id = mail.message_id,
                      .references = mail.references,
                      .origin = std::string(ToText(manners.origin)),
                      .marks = "",
                      .language = mail.language};
  if (!mail.from.empty()) contact.answer_to = mail.from.front();
  if (!mail.reply_to.empty()) contact.answer_to = mail.reply_to.front();
  if (contact.references.empty() && mail.in_reply_to.size() == 1) {
    contact.references = mail.in_reply_to;
  }
  for (const MailMark mark : mail.marks) {
    contact.marks.append(contact.marks.empty() ? "" : " ").append(ToText(mark));
  }
  return contact;
}

std::map<std::string, std::string> ToAttributes(const MailContact& contact) {
  std::map<std::string, std::string> attributes;
  Put("mail_box", contact.mailbox, attributes);
  Put("mail_answer_to", contact.answer_to.address, attributes);
  Put("mail_name", contact.answer_to.name, attributes);
  Put("mail_from", contact.from, attributes);
  Put("mail_subject", contact.subject, attributes);
  Put("mail_id", contact.message_id, attributes);
  Put("mail_references", JoinReferences(contact.references), attributes);
  Put("mail_origin", contact.origin, attributes);
  Put("mail_marks", contact.marks, attributes);
  Put("language", contact.language, attributes);
  Put("mail_own", contact.own, attributes);
  return attributes;
}

std::optional<MailContact> FromAttributes(const std::string& external_id,
                                          const std::map<std::string, std::string>& attributes) {
  const auto get = [&](const char* key) {
    const auto found = attributes.find(key);
    return found == attributes.end() ? std::string() : found->second;
  };
  if (!external_id.starts_with(kPrefix) || get("mail_box").empty()) return std::nullopt;
  return MailContact{.mailbox = get("mail_box"),
                     .thread = external_id.substr(kPrefix.size()),
                     .answer_to = {get("mail_name"), get("mail_answer_to")},
                     .from = get("mail_from"),
                     .subject = get("mail_subject"),
                     .message_id = get("mail_id"),
                     .references = SplitReferences(get("mail_references")),
                     .origin = get("mail_origin"),
                     .marks = get("mail_marks"),
                     .language = get("language"),
                     .own = get("mail_own")};
}

std::map<std::string, std::string> ToRuleFacts(const MailMessage& mail, std::string_view text,
                                               const std::vector<std::string>& headers) {
  std::map<std::string, std::string> facts;
  Put("mail_to", JoinAddresses(mail.to), facts);
  Put("mail_cc", JoinAddresses(mail.cc), facts);
  Put("mail_text", OnOneLine(text), facts);
  for (const std::string& name : headers) {
    Put(HeaderFact(name), Trim(mail.Header(name)), facts);
  }
  return facts;
}

std::string OwnAmong(const MailMessage& mail, const std::vector<std::string>& own) {
  std::vector<MailAddress> ours;
  for (const std::vector<MailAddress>* list : {&mail.to, &mail.cc}) {
    for (const MailAddress& one : *list) {
      if (std::find(own.begin(), own.end(), ToLower(one.address)) != own.end()) ours.push_back(one);
    }
  }
  return JoinAddresses(ours);
}

std::string ToExternalId(const std::string& thread) { return std::string(kPrefix) + thread; }

std::vector<std::string> ToPieces(std::string_view text, std::size_t bytes_max,
                                  std::size_t pieces_max) {
  std::vector<std::string> pieces;
  text = Trim(text);
  while (!text.empty()) {
    if (pieces.size() == pieces_max) {
      pieces.back() = std::string(CutUtf8(pieces.back(), bytes_max - kCutMark.size() - 1)) + "\n" +
                      std::string(kCutMark);
      break;
    }
    std::string_view piece = CutUtf8(text, bytes_max);
    if (piece.size() < text.size()) {
      std::size_t end = piece.rfind('\n');
      if (end == piece.npos || end < bytes_max / 2) end = piece.rfind(' ');
      if (end != piece.npos && end > 0) piece = piece.substr(0, end);
    }
    pieces.emplace_back(piece);
    text.remove_prefix(piece.size());
    text = text.substr(std::min(text.size(), text.find_first_not_of(" \n")));
  }
  return pieces;
}

}  // namespace usher::email
