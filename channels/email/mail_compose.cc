// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_compose.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "channels/email/ascii.h"
#include "channels/email/mail_html.h"
#include "channels/email/mail_text.h"

namespace usher::email {

using context::v1::MailHead;

namespace {

constexpr std::size_t kQuoteBytes = 8'000;

bool HasOwn(const MailPlan& plan, const MailAddress& address) {
  return std::find(plan.own.begin(), plan.own.end(), ToLower(address.address)) != plan.own.end();
}

std::vector<MailAddress> ToAddresses(
    const google::protobuf::RepeatedPtrField<context::v1::MailAddress>& given) {
  std::vector<MailAddress> addresses;
  for (const auto& one : given) addresses.push_back({one.name(), one.address()});
  return addresses;
}

// Mail to ourselves would come back as a mail that nobody wrote; where nobody else is left it is
// what the agent wants.
void LeaveOutOwn(const MailPlan& plan, OutgoingMail& mail) {
  const auto is_own = [&](const MailAddress& address) { return HasOwn(plan, address); };
  const std::array lists = {&mail.to, &mail.cc, &mail.bcc};
  const bool others = std::any_of(lists.begin(), lists.end(), [&](const auto* list) {
    return std::any_of(list->begin(), list->end(), [&](const auto& one) { return !is_own(one); });
  });
  if (!others) return;
  for (auto* list : lists) std::erase_if(*list, is_own);
}

void Address(const MailPlan& plan, const MailHead& head, OutgoingMail& mail) {
  mail.to = ToAddresses(head.to());
  mail.cc = ToAddresses(head.cc());
  mail.bcc = ToAddresses(head.bcc());
  const bool is_forward = head.kind() == MailHead::KIND_FORWARD;
  if (mail.to.empty() && !is_forward && !plan.about.answer_to.address.empty()) {
    mail.to = {plan.about.answer_to};
  }
  LeaveOutOwn(plan, mail);
}

// The thread's headers, so that every client shows it as one.
void Thread(const MailPlan& plan, OutgoingMail& mail) {
  mail.references = plan.about.references;
  const std::string& newest =
      plan.about.message_id.empty() ? plan.newest_own_id : plan.about.message_id;
  if (newest.empty()) return;
  mail.in_reply_to = {newest};
  mail.references.push_back(newest);
}

std::string SubjectOf(const MailPlan& plan, const MailHead& head) {
  if (!head.subject().empty()) return head.subject();
  if (plan.is_automatic) return "Auto: " + std::string(WithoutReplyPrefixes(plan.about.subject));
  if (head.kind() == MailHead::KIND_FORWARD) {
    return "Fwd: " + std::string(WithoutReplyPrefixes(plan.about.subject));
  }
  const bool begins = plan.about.message_id.empty() && plan.newest_own_id.empty();
  if (head.kind() == MailHead::KIND_NEW || begins) return plan.about.subject;
  return "Re: " + std::string(WithoutReplyPrefixes(plan.about.subject));
}

void AddText(std::string_view text, std::string& to) {
  to += text;
  if (!to.empty() && to.back() != '\n') to += '\n';
}

}  // namespace

const std::string& SignatureOf(const EmailMailbox& mailbox, const std::string& queue) {
  const auto own = mailbox.queues.find(queue);
  const bool has_own = own != mailbox.queues.end() && !own->second.signature.empty();
  return has_own ? own->second.signature : mailbox.signature;
}

std::string QuotationIntroduction(const QuotedMail& quoted, std::string_view language) {
  if (quoted.text.empty()) return {};
  const std::time_t seconds = ToUnixMs(quoted.at) / 1'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> when{};
  std::strftime(when.data(), when.size(), "%Y-%m-%d %H:%M UTC", &utc);
  const std::string time(when.data());
  if (StartsWithIgnoringCase(language, "de")) {
    return "Am " + time + " schrieb " + quoted.name + ":";
  }
  if (StartsWithIgnoringCase(language, "zh")) return "在 " + time + "，" + quoted.name + " 写道：";
  return "On " + time + ", " + quoted.name + " wrote:";
}

OutgoingMail ComposeMail(const MailPlan& plan) {
  const MailHead& head = plan.message.mail();
  const bool is_forward = head.kind() == MailHead::KIND_FORWARD;
  const bool is_new = head.kind() == MailHead::KIND_NEW;
  OutgoingMail mail;
  mail.from = plan.mailbox.address;
  Address(plan, head, mail);
  mail.subject = SubjectOf(plan, head);
  if (!is_new) Thread(plan, mail);
  if (is_forward) mail.in_reply_to.clear();  // it answers nobody
  mail.message_id = plan.message_id;
  mail.sent_at = plan.now;
  mail.loop_id = plan.loop_id;
  mail.is_automatic = plan.is_automatic;
  AddText(plan.message.text(), mail.text);
  for (const auto& attachment : plan.message.attachments()) {
    if (!attachment.url().starts_with("https://")) continue;
    mail.text += "\n" + attachment.name() + ": " + attachment.url() + "\n";
  }
  const std::string& signature = SignatureOf(plan.mailbox, plan.queue);
  if (!signature.empty() && !plan.is_automatic) AddText("\n-- \n" + signature, mail.text);
  const bool quotes = !is_forward && !is_new && !plan.is_automatic && !head.without_quotation();
  if (quotes && !plan.quoted.text.empty()) {
    mail.text += "\n" + QuotationIntroduction(plan.quoted, plan.about.language) + "\n" +
                 QuoteMail(plan.quoted.text, kQuoteBytes);
  }
  if (plan.mailbox.html) mail.html = TextToHtml(mail.text);
  mail.parts = plan.files;
  if (is_forward && plan.original) {
    mail.parts.push_back({.name = "message.eml",
                          .type = "message/rfc822",
                          .content = plan.original,
                          .content_id = ""});
  }
  return mail;
}

}  // namespace usher::email
