// SPDX-License-Identifier: Apache-2.0
#include "tests/mail/render_mail.h"

#include <string_view>
#include <vector>

#include "channels/email/mail_manners.h"
#include "channels/email/mail_text.h"

namespace usher::email {

namespace {

void Line(std::string_view name, std::string_view value, std::string& out) {
  if (!value.empty()) out.append(name).append(": ").append(value) += '\n';
}

void Block(std::string_view name, std::string_view text, std::string& out) {
  if (text.empty()) return;
  out.append(name) += ":\n";
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out.append("  |").append(text.substr(0, end)) += "\n";
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
}

std::string Join(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text.append(text.empty() ? "" : " ").append(item);
  return text;
}

std::string Show(const MailAddress& address) { return address.name + " <" + address.address + ">"; }

void Addresses(std::string_view name, const std::vector<MailAddress>& list, std::string& out) {
  for (const MailAddress& address : list) Line(name, Show(address), out);
}

void Report(const DeliveryReport& report, std::string& out) {
  out += report.is_receipt ? "receipt" : "report";
  out += " of " + report.original_message_id + " envelope " + report.original_envelope_id + "\n";
  for (const RecipientStatus& status : report.recipients) {
    out += "  " + status.recipient + " " + std::string(ToText(status.action)) + " " +
           status.status + " " + status.diagnostic + "\n";
  }
}

}  // namespace

std::string RenderMail(const MailMessage& mail) {
  std::string out;
  for (const MailMark mark : mail.marks) Line("mark", ToText(mark), out);
  Line("message_id", mail.message_id, out);
  Line("in_reply_to", Join(mail.in_reply_to), out);
  Line("references", Join(mail.references), out);
  if (mail.sent_at) Line("sent_at", std::to_string(ToUnixMs(*mail.sent_at)), out);
  Addresses("from", mail.from, out);
  if (mail.sender) Line("sender", Show(*mail.sender), out);
  Addresses("reply_to", mail.reply_to, out);
  Addresses("to", mail.to, out);
  Addresses("cc", mail.cc, out);
  Line("subject", mail.subject, out);
  Line("about", WithoutReplyPrefixes(mail.subject), out);
  Line("language", mail.language, out);
  const MailManners manners =
      JudgeManners(mail, {.addresses = {"support@shop.example"}, .loop_id = "usher-desk-1"});
  Line("origin", ToText(manners.origin), out);
  Line("sign", manners.sign, out);
  Line("may_auto_reply", manners.may_auto_reply ? "yes" : "no", out);
  if (manners.marked_spam) Line("marked_spam", "yes", out);
  const MailText text = SplitMailText(mail.text);
  Block(mail.text_is_from_html ? "fresh (from the HTML)" : "fresh", text.fresh, out);
  Block("signature", text.signature, out);
  Block("history", text.history, out);
  Block("html", mail.html, out);
  for (const MailPart& part : mail.parts) {
    out += "part " + part.id + " " + part.type + " \"" + part.name + "\" " +
           std::to_string(part.bytes) + " bytes" +
           (part.content_id.empty() ? "" : " cid:" + part.content_id) +
           (part.is_inline ? " inline" : "") + "\n";
  }
  for (const CalendarPart& part : mail.calendars) {
    out += "calendar " + part.part_id + " " + part.method + "\n";
  }
  for (const ForwardedMail& inner : mail.forwarded) {
    out += "forwarded " + inner.part_id + " " + inner.message_id + " " + Show(inner.from) + " \"" +
           inner.subject + "\"\n";
  }
  if (mail.report) Report(*mail.report, out);
  return out;
}

}  // namespace usher::email
