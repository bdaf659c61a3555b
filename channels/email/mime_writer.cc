// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mime_writer.h"

#include <algorithm>
#include <utility>

#include <unicode/uidna.h>

#include "channels/email/ascii.h"
#include "channels/email/base64.h"
#include "channels/email/file_name.h"
#include "channels/email/flowed_text.h"
#include "channels/email/gmime_library.h"
#include "channels/email/mail_charset.h"
#include "channels/email/mail_text.h"

namespace usher::email {

namespace {

constexpr std::size_t kReferencesMax = 30;
constexpr std::size_t kSubjectBytesMax = 900;
constexpr std::size_t kAddressBytesMax = 254;  // RFC 5321, 4.5.3.1.3 with its brackets

Error InvalidAddress(std::string_view address) {
  return {
      Code::kInvalidArgument, "MAIL_ADDRESS_INVALID",
      "not an address that mail can be sent to: " + ToValidUtf8(CutUtf8(address, kAddressBytesMax)),
      "write it as name@domain"};
}

Error TooMany(const char* reason, const std::string& what, std::size_t most) {
  return {Code::kInvalidArgument, reason, "more than " + std::to_string(most) + " " + what,
          "send several mails"};
}

std::string OnOneLine(std::string_view text, std::size_t bytes_max) {
  std::string line = ToValidUtf8(CutUtf8(text, bytes_max));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return std::string(Trim(line));
}

bool IsLocalPart(std::string_view local) {
  return !local.empty() && local.size() <= 64 &&
         std::all_of(local.begin(), local.end(), [](char c) {
           return c > ' ' && c < 0x7F &&
                  std::string_view("<>()[],;:\\\"@").find(c) == std::string_view::npos;
         });
}

// A domain in ASCII, or empty.
std::string ToAsciiDomain(std::string_view domain) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UIDNA, decltype(&uidna_close)> idna(
      uidna_openUTS46(UIDNA_USE_STD3_RULES | UIDNA_NONTRANSITIONAL_TO_ASCII, &error), &uidna_close);
  if (U_FAILURE(error)) return {};
  std::string ascii(kAddressBytesMax, '\0');
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  const std::int32_t size =
      uidna_nameToASCII_UTF8(idna.get(), domain.data(), static_cast<std::int32_t>(domain.size()),
                             ascii.data(), static_cast<std::int32_t>(ascii.size()), &info, &error);
  if (U_FAILURE(error) || info.errors != 0 || size <= 0) return {};
  ascii.resize(static_cast<std::size_t>(size));
  return ascii;
}

// An id of a header, or nothing where it could end the header.
std::string ToHeaderId(std::string_view id) {
  const bool is_plain =
      !id.empty() && id.size() < 900 &&
      std::all_of(
          id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7F && c != '<' && c != '>'; });
  return is_plain ? "<" + std::string(id) + ">" : "";
}

// The first, which names the thread, and the newest.
std::string JoinIds(const std::vector<std::string>& ids) {
  std::string text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0 && ids.size() - i > kReferencesMax) continue;
    const std::string id = ToHeaderId(ids[i]);
    if (!id.empty()) text += (text.empty() ? "" : " ") + id;
  }
  return text;
}

void SetHeader(GMimeObject* object, const char* name, const std::string& value) {
  if (!value.empty()) g_mime_object_set_header(object, name, value.c_str(), "utf-8");
}

void AddAddresses(GMimeMessage* message, GMimeAddressType type,
                  const std::vector<MailAddress>& addresses) {
  for (const MailAddress& address : addresses) {
    const auto smtp = ToSmtpAddress(address.address);
    if (!smtp.ok()) continue;  // CheckAddresses has refused the mail
    const std::string name = OnOneLine(address.name, kSubjectBytesMax);
    g_mime_message_add_mailbox(message, type, name.empty() ? nullptr : name.c_str(), smtp->c_str());
  }
}

// For a text that people may look at as it was sent: as it is where any server takes it, letters
// within quoted-printable where most of it is ASCII, and base64 otherwise.
GMimeContentEncoding EncodingFor(const std::string& text) {
  constexpr std::size_t kLineBytesMax = 900;
  const auto others = std::count_if(text.begin(), text.end(),
                                    [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  if (static_cast<std::size_t>(others) * 4 > text.size()) return GMIME_CONTENT_ENCODING_BASE64;
  std::size_t length = 0;
  std::size_t longest = 0;
  for (const char c : text) {
    length = c == '\n' ? 0 : length + 1;
    longest = std::max(longest, length);
  }
  const bool is_plain = others == 0 && longest <= kLineBytesMax;
  return is_plain ? GMIME_CONTENT_ENCODING_7BIT : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
}

GlibRef<GMimeObject> MakeText(const char* subtype, const std::string& text) {
  GlibRef<GMimeTextPart> part(g_mime_text_part_new_with_subtype(subtype));
  g_mime_text_part_set_charset(part.get(), "utf-8");
  std::string valid = ToValidUtf8(text);
  valid.erase(std::remove(valid.begin(), valid.end(), '\0'), valid.end());  // it would end the text
  g_mime_text_part_set_text(part.get(), valid.c_str());
  g_mime_part_set_content_encoding(GMIME_PART(part.get()), EncodingFor(valid));
  return GlibRef<GMimeObject>(GMIME_OBJECT(part.release()));
}

GlibRef<GMimeObject> MakePlain(const std::string& text) {
  GlibRef<GMimeObject> part = MakeText("plain", ToFlowed(text));
  g_mime_object_set_content_type_parameter(part.get(), "format", "flowed");
  return part;
}

GlibRef<GMimeObject> MakeMultipart(const char* subtype) {
  return GlibRef<GMimeObject>(GMIME_OBJECT(g_mime_multipart_new_with_subtype(subtype)));
}

void Add(const GlibRef<GMimeObject>& multipart, GlibRef<GMimeObject> part) {
  g_mime_multipart_add(GMIME_MULTIPART(multipart.get()), part.get());
}

// A message within the message; bytes that are none become a file.
GlibRef<GMimeObject> MakeForwarded(const std::string& content) {
  const GlibRef<GMimeStream> stream(
      g_mime_stream_mem_new_with_buffer(content.data(), content.size()));
  const GlibRef<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const GlibRef<GMimeMessage> inner(g_mime_parser_construct_message(parser.get(), nullptr));
  if (inner == nullptr) return nullptr;
  return GlibRef<GMimeObject>(
      GMIME_OBJECT(g_mime_message_part_new_with_message("rfc822", inner.get())));
}

GlibRef<GMimeObject> MakePart(const OutgoingPart& given, bool opens_messages) {
  const std::string type = ToLower(given.type);
  const std::string& content = *given.content;
  if (type == "message/rfc822" && opens_messages) {
    GlibRef<GMimeObject> forwarded = MakeForwarded(content);
    if (forwarded != nullptr) {
      g_mime_object_set_disposition(forwarded.get(), "attachment");
      return forwarded;
    }
  }
  const std::size_t slash = type.find('/');
  const bool is_type = slash != type.npos && slash > 0 && !type.starts_with("multipart/") &&
                       !type.starts_with("message/") &&
                       std::all_of(type.begin(), type.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                                std::string_view("/.+-").find(c) != std::string_view::npos;
                       });
  const std::string main = is_type ? type.substr(0, slash) : "application";
  const std::string sub = is_type ? type.substr(slash + 1) : "octet-stream";
  GlibRef<GMimePart> part(g_mime_part_new_with_type(main.c_str(), sub.c_str()));
  const GlibRef<GMimeStream> stream(
      g_mime_stream_mem_new_with_buffer(content.data(), content.size()));
  const GlibRef<GMimeDataWrapper> data(
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(part.get(), data.get());
  g_mime_part_set_content_encoding(part.get(), GMIME_CONTENT_ENCODING_BASE64);
  const bool is_inline = !given.content_id.empty();
  g_mime_object_set_disposition(GMIME_OBJECT(part.get()), is_inline ? "inline" : "attachment");
  g_mime_part_set_filename(part.get(), ToSafeFileName(given.name, type).c_str());
  if (is_inline) {
    g_mime_part_set_content_id(part.get(), OnOneLine(given.content_id, 200).c_str());
  }
  return GlibRef<GMimeObject>(GMIME_OBJECT(part.release()));
}

// The HTML with the images that it names.
GlibRef<GMimeObject> MakeHtml(const OutgoingMail& mail, bool opens_messages) {
  GlibRef<GMimeObject> html = MakeText("html", mail.html);
  const bool has_images =
      std::any_of(mail.parts.begin(), mail.parts.end(),
                  [](const OutgoingPart& part) { return !part.content_id.empty(); });
  if (!has_images) return html;
  GlibRef<GMimeObject> related = MakeMultipart("related");
  Add(related, std::move(html));
  for (const OutgoingPart& part : mail.parts) {
    if (!part.content_id.empty()) Add(related, MakePart(part, opens_messages));
  }
  return related;
}

GlibRef<GMimeObject> MakeBody(const OutgoingMail& mail, bool opens_messages) {
  GlibRef<GMimeObject> body = MakePlain(mail.text);
  if (!mail.html.empty()) {
    GlibRef<GMimeObject> alternative = MakeMultipart("alternative");
    Add(alternative, std::move(body));
    Add(alternative, MakeHtml(mail, opens_messages));
    body = std::move(alternative);
  }
  const auto is_file = [&](const OutgoingPart& part) {
    return part.content_id.empty() || mail.html.empty();
  };
  if (std::none_of(mail.parts.begin(), mail.parts.end(), is_file)) return body;
  GlibRef<GMimeObject> mixed = MakeMultipart("mixed");
  Add(mixed, std::move(body));
  for (const OutgoingPart& part : mail.parts) {
    if (is_file(part)) Add(mixed, MakePart(part, opens_messages));
  }
  return mixed;
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// GMime breaks a subject at spaces only, and an encoded word may have 75 characters (RFC 2047, 2).
void SetSubject(GMimeMessage* message, const std::string& subject) {
  g_mime_message_set_subject(message, subject.c_str(), "utf-8");
  if (IsAscii(subject)) return;
  constexpr std::size_t kBytesPerWord = 45;
  std::string words;
  for (std::string_view rest = subject; !rest.empty();) {
    const std::string_view piece = CutUtf8(rest, kBytesPerWord);
    words += " =?utf-8?B?" + ToBase64(piece) + "?=\n";
    rest.remove_prefix(piece.size());
  }
  GMimeHeaderList* const headers = g_mime_object_get_header_list(GMIME_OBJECT(message));
  g_mime_header_set_raw_value(g_mime_header_list_get_header(headers, "Subject"), words.c_str());
}

void SetHeaders(const OutgoingMail& mail, GMimeMessage* message) {
  GMimeObject* const object = GMIME_OBJECT(message);
  AddAddresses(message, GMIME_ADDRESS_TYPE_FROM, {mail.from});
  AddAddresses(message, GMIME_ADDRESS_TYPE_REPLY_TO, mail.reply_to);
  AddAddresses(message, GMIME_ADDRESS_TYPE_TO, mail.to);
  AddAddresses(message, GMIME_ADDRESS_TYPE_CC, mail.cc);
  SetSubject(message, OnOneLine(mail.subject, kSubjectBytesMax));
  GDateTime* const date = g_date_time_new_from_unix_utc(ToUnixMs(mail.sent_at) / 1'000);
  if (date != nullptr) {
    g_mime_message_set_date(message, date);
    g_date_time_unref(date);
  }
  SetHeader(object, "Message-ID", ToHeaderId(mail.message_id));
  SetHeader(object, "In-Reply-To", JoinIds(mail.in_reply_to));
  SetHeader(object, "References", JoinIds(mail.references));
  SetHeader(object, "Content-Language", OnOneLine(mail.language, 35));
  SetHeader(object, "X-Loop", OnOneLine(mail.loop_id, 200));
  if (mail.is_automatic) {
    SetHeader(object, "Auto-Submitted", "auto-replied");
    SetHeader(object, "X-Auto-Response-Suppress", "All");
  }
}

std::string ToBytes(GMimeMessage* message) {
  g_mime_object_encode(GMIME_OBJECT(message), GMIME_ENCODING_CONSTRAINT_7BIT);
  GMimeFormatOptions* const format = g_mime_format_options_new();
  g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
  g_mime_format_options_set_param_encoding_method(format, GMIME_PARAM_ENCODING_METHOD_RFC2231);
  const GlibRef<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(GMIME_OBJECT(message), format, memory.get());
  g_mime_format_options_free(format);
  const GByteArray* const bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

std::string Write(const OutgoingMail& mail, bool opens_messages) {
  const GlibRef<GMimeMessage> message(g_mime_message_new(FALSE));
  SetHeaders(mail, message.get());
  const GlibRef<GMimeObject> body = MakeBody(mail, opens_messages);
  g_mime_message_set_mime_part(message.get(), body.get());
  return ToBytes(message.get());
}

// Whether any server takes it: ASCII, in lines of at most 998 bytes.
bool IsPlainForSmtp(std::string_view bytes) {
  constexpr std::size_t kLineBytesMax = 998;
  std::size_t length = 0;
  for (const char c : bytes) {
    if (static_cast<unsigned char>(c) >= 0x80 || c == '\0') return false;
    length = c == '\n' ? 0 : length + (c != '\r');
    if (length > kLineBytesMax) return false;
  }
  return true;
}

Result<void> CheckMail(const OutgoingMail& mail, const OutgoingLimits& limits) {
  const std::size_t recipients = mail.to.size() + mail.cc.size() + mail.bcc.size();
  if (recipients == 0) {
    return Error{Code::kInvalidArgument, "MAIL_WITHOUT_RECIPIENT", "the mail is to nobody",
                 "give at least one address"};
  }
  if (recipients > limits.recipients_max) {
    return TooMany("TOO_MANY_RECIPIENTS", "recipients", limits.recipients_max);
  }
  if (mail.parts.size() > limits.parts_max) {
    return TooMany("TOO_MANY_PARTS", "attachments", limits.parts_max);
  }
  for (const auto* list : {&mail.reply_to, &mail.to, &mail.cc, &mail.bcc}) {
    for (const MailAddress& address : *list) {
      const auto smtp = ToSmtpAddress(address.address);
      if (!smtp.ok()) return smtp.error();
    }
  }
  const auto from = ToSmtpAddress(mail.from.address);
  if (!from.ok()) return from.error();
  return {};
}

bool IsOneOf(const std::string& address, const std::vector<std::string>& addresses) {
  return std::find(addresses.begin(), addresses.end(), ToLower(address)) != addresses.end();
}

void AddUnlessOwn(const std::vector<MailAddress>& from, const ReplyOptions& options,
                  const std::vector<MailAddress>& already, std::vector<MailAddress>& to) {
  const auto holds = [](const std::vector<MailAddress>& list, const MailAddress& address) {
    return std::any_of(list.begin(), list.end(), [&](const MailAddress& other) {
      return EqualsIgnoringCase(other.address, address.address);
    });
  };
  for (const MailAddress& address : from) {
    if (IsOneOf(address.address, options.own) || holds(already, address) || holds(to, address)) {
      continue;
    }
    to.push_back(address);
  }
}

}  // namespace

Result<std::string> ToSmtpAddress(std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (at == address.npos || !IsLocalPart(address.substr(0, at))) return InvalidAddress(address);
  const std::string domain = ToAsciiDomain(address.substr(at + 1));
  std::string ascii = std::string(address.substr(0, at + 1)) + domain;
  if (domain.empty() || ascii.size() > kAddressBytesMax) return InvalidAddress(address);
  return ascii;
}

Result<std::vector<std::string>> EnvelopeRecipients(const OutgoingMail& mail) {
  std::vector<std::string> recipients;
  for (const auto* list : {&mail.to, &mail.cc, &mail.bcc}) {
    for (const MailAddress& address : *list) {
      auto smtp = ToSmtpAddress(address.address);
      if (!smtp.ok()) return smtp.error();
      if (std::find(recipients.begin(), recipients.end(), *smtp) == recipients.end()) {
        recipients.push_back(*std::move(smtp));
      }
    }
  }
  return recipients;
}

Result<std::string> WriteMail(const OutgoingMail& mail, const OutgoingLimits& limits) {
  if (const auto checked = CheckMail(mail, limits); !checked.ok()) return checked.error();
  const Error too_large{Code::kResourceExhausted, "MAIL_TOO_LARGE",
                        "the mail is larger than " + std::to_string(limits.bytes_max) + " bytes",
                        "leave attachments out, or send several mails"};
  std::size_t bytes = mail.text.size() + mail.html.size();
  for (const OutgoingPart& part : mail.parts) bytes += part.content->size();
  if (bytes > limits.bytes_max) return too_large;
  const GmimeLock lock;
  std::string written = Write(mail, true);
  // A message that is passed on may have come with headers that only it may have; as a file it may.
  if (!IsPlainForSmtp(written)) written = Write(mail, false);
  if (written.size() > limits.bytes_max) return too_large;
  return written;
}

std::string QuoteMail(std::string_view text, std::size_t bytes_max) {
  const bool is_cut = text.size() > bytes_max;
  text = CutUtf8(text, bytes_max);
  std::string quoted;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    quoted.append(line.empty() || line.starts_with('>') ? ">" : "> ").append(line) += '\n';
  }
  if (is_cut) quoted += "> […]\n";
  return quoted;
}

OutgoingMail StartReply(const MailMessage& mail, const ReplyOptions& options,
                        std::string_view text) {
  OutgoingMail reply;
  reply.from = options.from;
  AddUnlessOwn(mail.reply_to.empty() ? mail.from : mail.reply_to, options, {}, reply.to);
  if (options.to_all) {
    AddUnlessOwn(mail.to, options, reply.to, reply.cc);
    AddUnlessOwn(mail.cc, options, reply.to, reply.cc);
  }
  reply.subject = "Re: " + std::string(WithoutReplyPrefixes(mail.subject));
  reply.references = mail.references;
  // A program that writes no References says its thread in In-Reply-To (RFC 5322, 3.6.4).
  if (reply.references.empty() && mail.in_reply_to.size() == 1) reply.references = mail.in_reply_to;
  if (!mail.message_id.empty()) {
    reply.in_reply_to = {mail.message_id};
    reply.references.push_back(mail.message_id);
  }
  reply.text = text;
  if (!reply.text.empty() && reply.text.back() != '\n') reply.text += '\n';
  if (!options.introduction.empty()) reply.text += "\n" + options.introduction + "\n";
  reply.text += QuoteMail(mail.text, options.quote_bytes_max);
  return reply;
}

OutgoingMail StartForward(const MailMessage& mail, const MailAddress& from, std::string_view text) {
  OutgoingMail forward;
  forward.from = from;
  forward.subject = "Fwd: " + mail.subject;
  forward.references = mail.references;
  if (!mail.message_id.empty()) forward.references.push_back(mail.message_id);
  forward.text = text;
  forward.parts.push_back({.name = mail.subject.empty() ? "message.eml" : mail.subject + ".eml",
                           .type = "message/rfc822",
                           .content = mail.raw,
                           .content_id = ""});
  return forward;
}

}  // namespace usher::email
