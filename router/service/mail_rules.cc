// SPDX-License-Identifier: Apache-2.0
#include "router/service/mail_rules.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "router/service/context_call.h"
#include "router/service/outside_event.h"

namespace usher::service {

namespace {

using context::v1::Author;
using context::v1::Draft;
using context::v1::MailAddress;
using context::v1::MailHead;
using context::v1::Message;
using Addresses = google::protobuf::RepeatedPtrField<MailAddress>;

constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kAddressBytesMax = 254;  // RFC 5321, 4.5.3.1.3, without its angle brackets
constexpr int kRecipientsMax = 100;
constexpr std::size_t kSubjectBytesMax = 1024;
constexpr int kMarksMax = 20;
constexpr std::size_t kMarkBytesMax = 64;

Error BadMail(const std::string& field, const std::string& allowed) {
  return {Code::kInvalidArgument, "BAD_MAIL", field + " of the mail is not what it may be",
          "send " + allowed};
}

bool IsMark(std::string_view text) {
  return !text.empty() && text.size() <= kMarkBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

Result<void> CheckName(const char* field, const MailAddress& address) {
  if (IsLine(address.name(), kNameBytesMax)) return {};
  return BadMail(field, "names of at most 200 bytes on one line");
}

Result<void> CheckAddresses(const char* field, const Addresses& addresses) {
  for (const MailAddress& address : addresses) {
    if (!IsMailAddress(address.address())) {
      return BadMail(field, "addresses such as ann@shop.example, of at most 254 bytes");
    }
    if (Result<void> name = CheckName(field, address); !name.ok()) return name;
  }
  return {};
}

Result<void> CheckSubject(const MailHead& mail) {
  if (IsLine(mail.subject(), kSubjectBytesMax)) return {};
  return BadMail("subject", "one line of at most 1024 bytes");
}

Result<void> CheckCounts(const MailHead& mail) {
  if (mail.to_size() + mail.cc_size() + mail.bcc_size() > kRecipientsMax) {
    return BadMail("to", "at most 100 addresses in to, cc and bcc together");
  }
  if (mail.marks_size() > kMarksMax || !std::ranges::all_of(mail.marks(), IsMark)) {
    return BadMail("marks", "at most 20 words of a-z, 0-9 and -");
  }
  return {};
}

Result<void> CheckKind(const MailHead& mail) {
  if (!MailHead::Kind_IsValid(mail.kind())) {
    return BadMail("kind", "one that this router knows");
  }
  if (mail.kind() == MailHead::KIND_FORWARD) {
    if (mail.about_message() == 0) return BadMail("about_message", "the message that is forwarded");
    if (mail.to_size() + mail.cc_size() + mail.bcc_size() == 0) {
      return BadMail("to", "to whom it is forwarded");
    }
  } else if (mail.about_message() != 0) {
    return BadMail("about_message", "it with a forward only");
  }
  return {};
}

Result<void> CheckFiles(const MailHead& mail) {
  if (!mail.html_url().empty() && !IsFileAddress(mail.html_url())) {
    return BadMail("html_url", "an https address, one such as x-mail:support/47/html, or nothing");
  }
  if (!mail.source_url().empty() && !IsFileAddress(mail.source_url())) {
    return BadMail("source_url",
                   "an https address, one such as x-mail:support/47/source, or nothing");
  }
  return {};
}

// What the mailbox says of a mail that came is not an agent's to say.
Result<void> CheckWritten(const MailHead& mail) {
  if (mail.has_from()) return BadMail("from", "it empty: the mailbox says it");
  if (!mail.html_url().empty() || !mail.source_url().empty()) {
    return BadMail("html_url or source_url", "them empty: they are of mails that came");
  }
  if (mail.marks_size() > 0) return BadMail("marks", "none: they are of mails that came");
  return {};
}

}  // namespace

Result<void> CheckText(const std::string& text, bool is_mail) {
  const std::size_t bytes_max = is_mail ? kMailTextBytesMax : kTextBytesMax;
  if (text.size() <= bytes_max) return {};
  return TooLong("text", text.size(), bytes_max);
}

bool IsReceivedFile(std::string_view url) {
  constexpr std::string_view kScheme = "x-mail:";
  constexpr std::string_view kFile = "file-";
  if (!url.starts_with(kScheme)) return false;
  const std::size_t slash = url.find('/');
  if (slash == std::string_view::npos) return true;
  const std::string_view key = url.substr(slash + 1);
  return !key.starts_with(kFile) || !key.ends_with("/1") ||
         !IsSha256(key.substr(kFile.size(), key.size() - kFile.size() - 2));
}

bool IsMailAddress(std::string_view text) {
  const std::size_t at = text.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         IsLine(text, kAddressBytesMax) && text.find_first_of(" <>,;") == std::string_view::npos;
}

Result<void> CheckMail(const Message& message) {
  if (!message.has_mail()) return {};
  const MailHead& mail = message.mail();
  if (message.author().side() == Author::SIDE_AGENT) {
    if (Result<void> written = CheckWritten(mail); !written.ok()) return written;
  }
  // Mails without a sender come, too.
  if (!mail.from().address().empty() && !IsMailAddress(mail.from().address())) {
    return BadMail("from", "an address such as ann@shop.example, or nothing");
  }
  if (Result<void> name = CheckName("from", mail.from()); !name.ok()) return name;
  if (Result<void> to = CheckAddresses("to", mail.to()); !to.ok()) return to;
  if (Result<void> cc = CheckAddresses("cc", mail.cc()); !cc.ok()) return cc;
  if (Result<void> bcc = CheckAddresses("bcc", mail.bcc()); !bcc.ok()) return bcc;
  if (Result<void> counts = CheckCounts(mail); !counts.ok()) return counts;
  if (Result<void> subject = CheckSubject(mail); !subject.ok()) return subject;
  if (Result<void> kind = CheckKind(mail); !kind.ok()) return kind;
  return CheckFiles(mail);
}

Result<void> CheckDraft(const Draft& draft) {
  if (Result<void> text = CheckText(draft.text(), draft.has_mail()); !text.ok()) return text;
  if (Result<void> sound = CheckAttachments(draft.attachments()); !sound.ok()) return sound;
  const MailHead& mail = draft.mail();
  if (Result<void> written = CheckWritten(mail); !written.ok()) return written;
  for (const Addresses* addresses : {&mail.to(), &mail.cc(), &mail.bcc()}) {
    for (const MailAddress& address : *addresses) {
      if (!IsLine(address.address(), kAddressBytesMax)) {
        return BadMail("to, cc or bcc", "addresses of at most 254 bytes on one line");
      }
      if (Result<void> name = CheckName("to, cc or bcc", address); !name.ok()) return name;
    }
  }
  if (Result<void> counts = CheckCounts(mail); !counts.ok()) return counts;
  if (!MailHead::Kind_IsValid(mail.kind())) return BadMail("kind", "one that this router knows");
  return CheckSubject(mail);
}

}  // namespace usher::service
