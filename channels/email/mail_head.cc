// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_head.h"

#include <algorithm>
#include <string>

#include "channels/email/ascii.h"

namespace usher::email {

using context::v1::MailHead;

namespace {

constexpr int kAddressesMax = 100;
constexpr int kAttachmentsMax = 20;
constexpr int kMarksMax = 20;
constexpr std::size_t kNameBytes = 200;
constexpr std::size_t kAddressBytes = 254;
constexpr std::size_t kSubjectBytes = 1'000;
constexpr std::size_t kTypeBytes = 128;
constexpr std::size_t kContentIdBytes = 200;

// Whether people could write to it: the rest was made up by programs, and nobody could answer it.
bool IsWritable(const MailAddress& address) {
  const std::string& text = address.address;
  const std::size_t at = text.rfind('@');
  return at != text.npos && at > 0 && at + 1 < text.size() && text.size() <= kAddressBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) > ' ' && c != 0x7F &&
                  std::string_view("<>,;").find(c) == std::string_view::npos;
         });
}

void Fill(const MailAddress& from, context::v1::MailAddress& to) {
  to.set_name(std::string(CutUtf8(from.name, kNameBytes)));
  if (IsWritable(from)) to.set_address(from.address);
}

std::string With(FileAddress where, const std::string& part) {
  where.part = part;
  return ToText(where);
}

// "charset_repaired" is a name of programs; people's clients have hyphens.
std::string ToHeadMark(MailMark mark) {
  std::string text(ToText(mark));
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

}  // namespace

MailHead ToMailHead(const MailMessage& mail, const MailManners& manners, const FileAddress& where) {
  MailHead head;
  if (!mail.from.empty()) Fill(mail.from.front(), *head.mutable_from());
  for (const MailAddress& address : mail.to) {
    if (head.to_size() < kAddressesMax && IsWritable(address)) Fill(address, *head.add_to());
  }
  for (const MailAddress& address : mail.cc) {
    const bool has_room = head.to_size() + head.cc_size() < kAddressesMax;
    if (has_room && IsWritable(address)) Fill(address, *head.add_cc());
  }
  head.set_subject(std::string(CutUtf8(mail.subject, kSubjectBytes)));
  if (!mail.html.empty()) head.set_html_url(With(where, "html"));
  head.set_source_url(With(where, "source"));
  for (const MailMark mark : mail.marks) {
    if (head.marks_size() < kMarksMax) head.add_marks(ToHeadMark(mark));
  }
  const bool is_automatic = manners.origin != MailOrigin::kPerson;
  if (is_automatic && head.marks_size() < kMarksMax) head.add_marks("automatic");
  return head;
}

void AddAttachments(const MailMessage& mail, const FileAddress& where,
                    context::v1::Message& message) {
  for (const MailPart& part : mail.parts) {
    if (message.attachments_size() == kAttachmentsMax) return;
    context::v1::Attachment& attachment = *message.add_attachments();
    attachment.set_name(part.name);
    attachment.set_media_type(part.type.substr(0, kTypeBytes));
    attachment.set_size_bytes(part.bytes);
    attachment.set_url(With(where, part.id));
    if (part.content_id.size() <= kContentIdBytes) attachment.set_content_id(part.content_id);
  }
}

FileAddress AddressOf(const std::string& mailbox, const std::string& key, const MailMessage& mail,
                      std::uint64_t bytes) {
  return {
      .mailbox = mailbox, .key = key, .part = "", .message_id = mail.message_id, .bytes = bytes};
}

}  // namespace usher::email
