// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mime_reader.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "channels/email/ascii.h"
#include "channels/email/delivery_report.h"
#include "channels/email/encoded_words.h"
#include "channels/email/file_name.h"
#include "channels/email/flowed_text.h"
#include "channels/email/gmime_library.h"
#include "channels/email/mail_charset.h"
#include "channels/email/mail_html.h"

namespace usher::email {

namespace {

// Charsets take at most four bytes for a character that UTF-8 has in one.
constexpr std::size_t kBytesPerCharacter = 4;
constexpr std::size_t kReportBytesMax = 256 * 1'024;
constexpr std::size_t kIdBytesMax = 998;  // a line of mail is no longer
constexpr std::size_t kGroupDepthMax = 4;

using Marks = std::set<MailMark>;

void OnWarning(gint64, GMimeParserWarning warning, const gchar*, gpointer context) {
  auto& marks = *static_cast<Marks*>(context);
  switch (warning) {
    case GMIME_WARN_MALFORMED_MULTIPART:
    case GMIME_WARN_TRUNCATED_MESSAGE:
    case GMIME_WARN_MALFORMED_MESSAGE:
    case GMIME_CRIT_MULTIPART_WITHOUT_BOUNDARY:
    case GMIME_CRIT_CONFLICTING_HEADER:
      marks.insert(MailMark::kDamaged);
      break;
    case GMIME_CRIT_NESTING_OVERFLOW:
      marks.insert(MailMark::kPartsCut);
      break;
    case GMIME_WARN_INVALID_RFC2047_HEADER_VALUE:
      marks.insert(MailMark::kHeaderRepaired);
      break;
    default:
      break;  // said differently, and read all the same
  }
}

// GMime's options are read while objects live, so one outlives a message.
class ParserOptions {
 public:
  explicit ParserOptions(Marks& marks) : options_(g_mime_parser_options_new()) {
    const char* fallbacks[] = {"utf-8", "gb18030", "iso-8859-1", nullptr};
    g_mime_parser_options_set_fallback_charsets(options_, fallbacks);
    g_mime_parser_options_set_warning_callback(options_, &OnWarning, &marks);
  }
  ~ParserOptions() { g_mime_parser_options_free(options_); }
  ParserOptions(const ParserOptions&) = delete;
  ParserOptions& operator=(const ParserOptions&) = delete;

  GMimeParserOptions* get() const { return options_; }

 private:
  GMimeParserOptions* options_;
};

GlibRef<GMimeMessage> Parse(std::string_view raw, const ParserOptions& options) {
  const GlibRef<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(raw.data(), raw.size()));
  const GlibRef<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  return GlibRef<GMimeMessage>(g_mime_parser_construct_message(parser.get(), options.get()));
}

std::string WithoutIdBrackets(std::string_view id) {
  id = Trim(id);
  if (id.starts_with('<')) id.remove_prefix(1);
  if (id.ends_with('>')) id.remove_suffix(1);
  return ToValidUtf8(CutUtf8(id, kIdBytesMax));
}

// One line, valid, without control characters.
std::string ToLine(const char* text, std::size_t bytes_max) {
  const std::string valid = ToValidUtf8(CutUtf8(text == nullptr ? "" : text, bytes_max));
  std::string line;
  for (const char c : valid) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return std::string(Trim(line));
}

std::string LowerDomain(std::string address) {
  for (std::size_t i = address.rfind('@'); i < address.size(); ++i) {
    address[i] = ToLower(address[i]);
  }
  return address;
}

void AppendAddresses(InternetAddressList* list, const MailLimits& limits, std::size_t depth,
                     std::vector<MailAddress>& out) {
  if (list == nullptr) return;
  const int count = internet_address_list_length(list);
  for (int i = 0; i < count && out.size() < limits.addresses_max; ++i) {
    InternetAddress* const entry = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_GROUP(entry)) {
      if (depth < kGroupDepthMax) {
        AppendAddresses(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(entry)), limits,
                        depth + 1, out);
      }
      continue;
    }
    if (!INTERNET_ADDRESS_IS_MAILBOX(entry)) continue;
    MailAddress address{
        .name = ToLine(internet_address_get_name(entry), limits.header_bytes_max),
        .address = LowerDomain(
            ToLine(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(entry)), 320))};
    if (!address.address.empty()) out.push_back(std::move(address));
  }
}

std::vector<MailAddress> ToAddresses(InternetAddressList* list, const MailLimits& limits) {
  std::vector<MailAddress> addresses;
  AppendAddresses(list, limits, 0, addresses);
  return addresses;
}

std::string DecodedBytes(GMimePart* part) {
  GMimeDataWrapper* const content = g_mime_part_get_content(part);
  if (content == nullptr) return {};
  const GlibRef<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_data_wrapper_write_to_stream(content, memory.get());
  const GByteArray* const bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

std::string MessageBytes(GMimeMessage* message) {
  const GlibRef<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(GMIME_OBJECT(message), nullptr, memory.get());
  const GByteArray* const bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

// The same without holding the bytes.
std::uint64_t CountBytes(GMimeObject* object) {
  const GlibRef<GMimeStream> counter(g_mime_stream_null_new());
  if (GMIME_IS_MESSAGE_PART(object)) {
    GMimeMessage* const message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
    if (message != nullptr) {
      g_mime_object_write_to_stream(GMIME_OBJECT(message), nullptr, counter.get());
    }
  } else if (GMIME_IS_PART(object)) {
    GMimeDataWrapper* const content = g_mime_part_get_content(GMIME_PART(object));
    if (content != nullptr) g_mime_data_wrapper_write_to_stream(content, counter.get());
  }
  return GMIME_STREAM_NULL(counter.get())->written;
}

std::string TypeOf(GMimeObject* object) {
  const GlibText type(g_mime_content_type_get_mime_type(g_mime_object_get_content_type(object)));
  return ToLower(ToLine(type.get(), 200));
}

// Without a type that can be read, a part is text (RFC 2045, 5.2).
bool HasType(GMimeObject* object) {
  return ToString(g_mime_object_get_header(object, "Content-Type")).find('/') != std::string::npos;
}

std::string ParameterOf(GMimeObject* object, const char* name) {
  return ToLine(g_mime_object_get_content_type_parameter(object, name), 200);
}

// A piece of the message's text: as plain text, as HTML, or as both where a sender gave a choice.
struct Segment {
  std::string text;
  std::string html;
};

// Goes through the parts of one message and fills its values.
class PartReader {
 public:
  PartReader(const MailLimits& limits, MailMessage& message, Marks& marks)
      : limits_(limits), message_(message), marks_(marks) {}

  void Read(GMimeObject* root) {
    Walk(root, {.id = GMIME_IS_MULTIPART(root) ? "" : "1"});
    FinishText();
    for (MailPart& part : message_.parts) {
      part.is_inline = !part.content_id.empty() &&
                       message_.html.find("cid:" + part.content_id) != std::string::npos;
    }
  }

 private:
  struct Place {
    std::string id{};
    std::size_t depth = 0;
    Segment* choice = nullptr;  // within multipart/alternative: where its texts go
    bool in_report = false;
  };

  void Walk(GMimeObject* object, const Place& place) {
    if (object == nullptr) return;
    if (++seen_ > limits_.parts_max || place.depth > limits_.depth_max) {
      marks_.insert(MailMark::kPartsCut);
      return;
    }
    if (GMIME_IS_MULTIPART(object)) return WalkMultipart(GMIME_MULTIPART(object), place);
    if (GMIME_IS_MESSAGE_PART(object)) return ReadForwarded(GMIME_MESSAGE_PART(object), place);
    if (GMIME_IS_PART(object)) ReadLeaf(GMIME_PART(object), place);
  }

  void WalkMultipart(GMimeMultipart* multipart, const Place& place) {
    const std::string type = TypeOf(GMIME_OBJECT(multipart));
    if (type == "multipart/encrypted") marks_.insert(MailMark::kEncrypted);
    Segment choice;
    Place inner{.depth = place.depth + 1,
                .choice = place.choice,
                .in_report = place.in_report || type == "multipart/report"};
    const bool opens_choice = type == "multipart/alternative" && place.choice == nullptr;
    if (opens_choice) inner.choice = &choice;
    const int count = g_mime_multipart_get_count(multipart);
    if (count == 0) AddPrologue(multipart, place);
    for (int i = 0; i < count && seen_ <= limits_.parts_max; ++i) {
      inner.id = (place.id.empty() ? "" : place.id + ".") + std::to_string(i + 1);
      Walk(g_mime_multipart_get_part(multipart, i), inner);
    }
    if (opens_choice) segments_.push_back(std::move(choice));
  }

  // What stands in parts that nothing separates.
  void AddPrologue(GMimeMultipart* multipart, const Place& place) {
    const char* const prologue = g_mime_multipart_get_prologue(multipart);
    if (prologue == nullptr) return;
    std::string text = DecodeText(CutUtf8(prologue, limits_.text_bytes_max), "").text;
    if (place.choice == nullptr) {
      segments_.push_back({.text = std::move(text), .html = ""});
    } else {
      place.choice->text += text;
    }
  }

  void ReadForwarded(GMimeMessagePart* part, const Place& place) {
    GMimeMessage* const inner = g_mime_message_part_get_message(part);
    MailPart& kept = Keep(GMIME_OBJECT(part), place, "");
    if (inner == nullptr) {
      marks_.insert(MailMark::kDamaged);
      return;
    }
    ForwardedMail mail{
        .part_id = place.id,
        .message_id = WithoutIdBrackets(ToString(g_mime_message_get_message_id(inner))),
        .subject = ToLine(g_mime_message_get_subject(inner), limits_.header_bytes_max)};
    const auto from = ToAddresses(g_mime_message_get_from(inner), limits_);
    if (!from.empty()) mail.from = from.front();
    if (!mail.subject.empty()) kept.name = ToSafeFileName(mail.subject + ".eml", kept.type);
    if (place.in_report && Report().original_message_id.empty()) {
      Report().original_message_id = mail.message_id;
    }
    message_.forwarded.push_back(std::move(mail));
  }

  void ReadLeaf(GMimePart* part, const Place& place) {
    GMimeObject* const object = GMIME_OBJECT(part);
    const std::string type = TypeOf(object);
    const std::string name = ToString(g_mime_part_get_filename(part));
    const std::string disposition = ToLower(ToString(g_mime_object_get_disposition(object)));
    const bool is_shown = disposition != "attachment" && name.empty();
    const bool is_plain = type == "text/plain" || !HasType(object);
    if (is_plain && is_shown) return AddText(part, place);
    if (type == "text/html" && is_shown) return AddHtml(part, place);
    if (type == "application/pkcs7-mime" || type == "application/x-pkcs7-mime") {
      if (!EqualsIgnoringCase(ParameterOf(object, "smime-type"), "signed-data")) {
        marks_.insert(MailMark::kEncrypted);
      }
    }
    if (type == "text/calendar") ReadCalendar(object, place);
    if (place.in_report) ReadReport(part, type);
    Keep(object, place, name);
  }

  void ReadCalendar(GMimeObject* object, const Place& place) {
    std::string method = ParameterOf(object, "method");
    for (char& c : method) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    message_.calendars.push_back({.part_id = place.id, .method = std::move(method)});
  }

  void ReadReport(GMimePart* part, const std::string& type) {
    const bool is_receipt = type == "message/disposition-notification";
    const bool is_status =
        type == "message/delivery-status" || type == "message/global-delivery-status";
    const bool is_headers = type == "text/rfc822-headers" || type == "message/global-headers";
    if (!is_receipt && !is_status && !is_headers) return;
    const std::string bytes = DecodedBytes(part).substr(0, kReportBytesMax);
    DeliveryReport& report = Report();
    if (is_headers) {
      if (report.original_message_id.empty()) report.original_message_id = FindMessageId(bytes);
      return;
    }
    report.is_receipt = is_receipt;
    ReadDeliveryStatus(bytes, report);
  }

  DeliveryReport& Report() {
    if (!message_.report) message_.report.emplace();
    return *message_.report;
  }

  MailPart& Keep(GMimeObject* object, const Place& place, const std::string& name) {
    const std::string type = TypeOf(object);
    message_.parts.push_back(
        {.id = place.id,
         .name = ToSafeFileName(name, type),
         .type = type,
         .content_id = WithoutIdBrackets(ToString(g_mime_object_get_content_id(object))),
         .bytes = CountBytes(object)});
    return message_.parts.back();
  }

  // The part's text in UTF-8, at most `bytes_max` bytes of it.
  std::string Decode(GMimePart* part, std::size_t bytes_max) {
    std::string bytes = DecodedBytes(part);
    if (bytes.size() > bytes_max * kBytesPerCharacter) {
      marks_.insert(MailMark::kTextCut);
      // At a line's end: in no charset does a character go on there.
      bytes.resize(bytes_max * kBytesPerCharacter);
      const std::size_t end = bytes.rfind('\n');
      bytes.resize(end != std::string::npos ? end : CutUtf8(bytes, bytes.size() - 1).size());
    }
    DecodedText decoded = DecodeText(bytes, ParameterOf(GMIME_OBJECT(part), "charset"));
    if (decoded.repaired) marks_.insert(MailMark::kCharsetRepaired);
    return std::move(decoded.text);
  }

  void AddText(GMimePart* part, const Place& place) {
    GMimeObject* const object = GMIME_OBJECT(part);
    std::string text = Decode(part, limits_.text_bytes_max);
    if (EqualsIgnoringCase(ParameterOf(object, "format"), "flowed")) {
      text = FromFlowed(text, EqualsIgnoringCase(ParameterOf(object, "delsp"), "yes"));
    }
    if (place.choice == nullptr) {
      segments_.push_back({.text = std::move(text), .html = ""});
    } else {
      place.choice->text += text;
    }
  }

  void AddHtml(GMimePart* part, const Place& place) {
    std::string html = Decode(part, limits_.html_bytes_max);
    if (place.choice == nullptr) {
      segments_.push_back({.text = "", .html = std::move(html)});
    } else {
      place.choice->html += html;
    }
  }

  std::string ToPlain(const std::string& html) {
    PlainText plain = HtmlToText(html, limits_.text_bytes_max);
    if (plain.cut) marks_.insert(MailMark::kTextCut);
    return std::move(plain.text);
  }

  // Joins the pieces, each form made from the other where a piece has only one of them.
  void FinishText() {
    const bool has_html = std::any_of(segments_.begin(), segments_.end(), [](const Segment& piece) {
      return !Trim(piece.html).empty();
    });
    bool has_plain = false;
    for (const Segment& piece : segments_) {
      const bool is_plain = !Trim(piece.text).empty();
      has_plain = has_plain || is_plain;
      Join(message_.text, is_plain || piece.html.empty() ? piece.text : ToPlain(piece.html));
      if (has_html) {
        Join(message_.html, piece.html.empty() ? TextToHtml(piece.text) : piece.html);
      }
    }
    message_.text_is_from_html = has_html && !has_plain;
    Cut(message_.text, limits_.text_bytes_max);
    Cut(message_.html, limits_.html_bytes_max);
  }

  static void Join(std::string& text, const std::string& piece) {
    if (!text.empty() && !piece.empty() && text.back() != '\n') text += '\n';
    text += piece;
  }

  void Cut(std::string& text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return;
    text.resize(CutUtf8(text, bytes_max).size());
    marks_.insert(MailMark::kTextCut);
  }

  const MailLimits& limits_;
  MailMessage& message_;
  Marks& marks_;
  std::size_t seen_ = 0;
  std::vector<Segment> segments_;
};

std::vector<std::string> ReadIds(GMimeObject* message, const char* header,
                                 const ParserOptions& options, std::size_t most) {
  std::vector<std::string> ids;
  const char* const value = g_mime_object_get_header(message, header);
  if (value == nullptr) return ids;
  GMimeReferences* const list = g_mime_references_parse(options.get(), value);
  const int count = g_mime_references_length(list);
  for (int i = std::max(0, count - static_cast<int>(most)); i < count; ++i) {
    std::string id = WithoutIdBrackets(ToString(g_mime_references_get_message_id(list, i)));
    if (!id.empty()) ids.push_back(std::move(id));
  }
  g_mime_references_free(list);
  return ids;
}

// The first language of "de-AT, de;q=0.8".
std::string FirstLanguage(std::string_view value) {
  const std::string_view first = Trim(value.substr(0, value.find_first_of(",;")));
  const bool is_tag =
      first.size() <= 35 && std::all_of(first.begin(), first.end(), [](char c) {
        return (c >= '0' && c <= '9') || (ToLower(c) >= 'a' && ToLower(c) <= 'z') || c == '-';
      });
  return is_tag ? std::string(first) : "";
}

void ReadHeaderList(GMimeObject* object, const MailLimits& limits, MailMessage& mail,
                    Marks& marks) {
  GMimeHeaderList* const list = g_mime_object_get_header_list(object);
  const int count = g_mime_header_list_get_count(list);
  for (int i = 0; i < count; ++i) {
    if (mail.headers.size() >= limits.headers_max) {
      marks.insert(MailMark::kHeadersCut);
      return;
    }
    GMimeHeader* const header = g_mime_header_list_get_header_at(list, i);
    const char* const raw = g_mime_header_get_raw_value(header);
    if (raw != nullptr && !IsUtf8(raw)) marks.insert(MailMark::kHeaderRepaired);
    const char* const value = g_mime_header_get_value(header);
    if (value != nullptr && std::string_view(value).size() > limits.header_bytes_max) {
      marks.insert(MailMark::kHeadersCut);
    }
    mail.headers.push_back({.name = ToLine(g_mime_header_get_name(header), 200),
                            .value = ToLine(value, limits.header_bytes_max)});
  }
}

std::optional<Instant> ReadDate(GMimeMessage* message) {
  GDateTime* const date = g_mime_message_get_date(message);
  if (date == nullptr) return std::nullopt;
  const gint64 seconds = g_date_time_to_unix(date);
  constexpr gint64 kSecondsMax = 100'000'000'000;
  if (seconds < 0 || seconds > kSecondsMax) return std::nullopt;
  return InstantFromUnixMs(seconds * 1'000);
}

void ReadHeaders(GMimeMessage* message, const ParserOptions& options, const MailLimits& limits,
                 MailMessage& mail, Marks& marks) {
  GMimeObject* const object = GMIME_OBJECT(message);
  ReadHeaderList(object, limits, mail, marks);
  if (GMimeObject* const body = g_mime_message_get_mime_part(message); body != nullptr) {
    ReadHeaderList(body, limits, mail, marks);
  }
  mail.message_id = WithoutIdBrackets(ToString(g_mime_message_get_message_id(message)));
  mail.in_reply_to = ReadIds(object, "In-Reply-To", options, limits.references_max);
  mail.references = ReadIds(object, "References", options, limits.references_max);
  mail.sent_at = ReadDate(message);
  mail.from = ToAddresses(g_mime_message_get_from(message), limits);
  const auto sender = ToAddresses(g_mime_message_get_sender(message), limits);
  if (!sender.empty()) mail.sender = sender.front();
  mail.reply_to = ToAddresses(g_mime_message_get_reply_to(message), limits);
  mail.to = ToAddresses(g_mime_message_get_to(message), limits);
  mail.cc = ToAddresses(g_mime_message_get_cc(message), limits);
  mail.subject = ToLine(g_mime_message_get_subject(message), limits.header_bytes_max);
  mail.language = FirstLanguage(mail.Header("Content-Language"));
  if (mail.language.empty()) mail.language = FirstLanguage(mail.Header("Accept-Language"));
}

// Where the header ends: behind the empty line, or the end of all.
std::size_t HeaderEnd(std::string_view raw) {
  const std::size_t unix_end = raw.find("\n\n");
  const std::size_t dos_end = raw.find("\r\n\r\n");
  const std::size_t end = std::min(unix_end, dos_end == raw.npos ? dos_end : dos_end + 1);
  return end == raw.npos ? raw.size() : end + 1;
}

// The message as GMime is given it: its header cut at a line's end where it is too long, and its
// encoded words in UTF-8.
std::string WithPlainHeader(std::string_view raw, std::size_t header_bytes_max, Marks& marks) {
  const std::size_t end = HeaderEnd(raw);
  std::string_view header = raw.substr(0, end);
  if (end > header_bytes_max) {
    marks.insert(MailMark::kHeadersCut);
    const std::size_t line_end = header.rfind('\n', header_bytes_max);
    header = header.substr(0, line_end == header.npos ? 0 : line_end + 1);
  }
  EncodedWords words = ToUtf8Words(header);
  if (words.repaired) marks.insert(MailMark::kHeaderRepaired);
  return std::move(words.header.append(raw.substr(end)));
}

bool IsFieldName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return c > ' ' && c < 0x7F && c != ':'; });
}

// Whether it begins as a message does: with a header field, perhaps behind a line of an mbox file.
bool BeginsWithHeader(std::string_view raw) {
  if (raw.starts_with("From ")) raw.remove_prefix(std::min(raw.size(), raw.find('\n') + 1));
  return IsFieldName(Trim(raw.substr(0, raw.find(':')))) && raw.find(':') != raw.npos;
}

void MarkUnreadable(const MailLimits& limits, MailMessage& mail, Marks& marks) {
  marks.insert(MailMark::kUnreadable);
  const std::string_view begin =
      std::string_view(*mail.raw).substr(0, limits.text_bytes_max / kBytesPerCharacter);
  mail.text = DecodeText(begin, "").text;
  if (begin.size() < mail.raw->size()) marks.insert(MailMark::kTextCut);
}

void ReadInto(const MailLimits& limits, MailMessage& mail, Marks& marks) {
  const std::string& raw = *mail.raw;
  if (!BeginsWithHeader(raw)) return MarkUnreadable(limits, mail, marks);
  const std::string plain = WithPlainHeader(raw, limits.headers_bytes_max, marks);
  const GmimeLock lock;
  const ParserOptions options(marks);
  const GlibRef<GMimeMessage> message = Parse(plain, options);
  if (message == nullptr) return MarkUnreadable(limits, mail, marks);
  ReadHeaders(message.get(), options, limits, mail, marks);
  PartReader(limits, mail, marks).Read(g_mime_message_get_mime_part(message.get()));
}

// The part of an id such as "2.1", or null.
GMimeObject* FindPart(GMimeObject* object, std::string_view id) {
  const bool is_leaf = !GMIME_IS_MULTIPART(object);
  if (is_leaf) return id == "1" ? object : nullptr;
  while (object != nullptr && !id.empty()) {
    if (!GMIME_IS_MULTIPART(object)) return nullptr;
    const std::string digits(id.substr(0, id.find('.')));
    id.remove_prefix(std::min(id.size(), digits.size() + 1));
    if (digits.empty() || digits.size() > 6 ||
        digits.find_first_not_of("0123456789") != digits.npos) {
      return nullptr;
    }
    const int index = std::stoi(digits) - 1;
    GMimeMultipart* const multipart = GMIME_MULTIPART(object);
    if (index < 0 || index >= g_mime_multipart_get_count(multipart)) return nullptr;
    object = g_mime_multipart_get_part(multipart, index);
  }
  return object;
}

}  // namespace

MailMessage ReadMail(std::shared_ptr<const std::string> raw, const MailLimits& limits) {
  MailMessage mail;
  mail.raw = std::move(raw);
  Marks marks;
  ReadInto(limits, mail, marks);
  mail.marks.assign(marks.begin(), marks.end());
  return mail;
}

Result<std::string> ReadPart(std::string_view raw, std::string_view part_id,
                             std::size_t bytes_max) {
  const Error unknown{Code::kNotFound, "PART_UNKNOWN",
                      "the message has no part " + std::string(part_id.substr(0, 40)),
                      "take the id from the message as it was read"};
  const GmimeLock lock;
  Marks marks;
  const ParserOptions options(marks);
  const GlibRef<GMimeMessage> message = Parse(raw, options);
  GMimeObject* const root = message ? g_mime_message_get_mime_part(message.get()) : nullptr;
  GMimeObject* const part = root == nullptr ? nullptr : FindPart(root, part_id);
  if (part == nullptr || GMIME_IS_MULTIPART(part)) return unknown;
  if (CountBytes(part) > bytes_max) {
    return Error{Code::kResourceExhausted, "PART_TOO_LARGE",
                 "the part is larger than " + std::to_string(bytes_max) + " bytes",
                 "ask for more bytes, or open the message in a mail program"};
  }
  if (!GMIME_IS_MESSAGE_PART(part)) return DecodedBytes(GMIME_PART(part));
  GMimeMessage* const inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
  return inner == nullptr ? std::string() : MessageBytes(inner);
}

}  // namespace usher::email
