// SPDX-License-Identifier: Apache-2.0
#include "router/service/outside_event.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace usher::service {

namespace {

using context::v1::Attachment;
using context::v1::OutsideEvent;

constexpr std::size_t kWordBytesMax = 64;
constexpr std::size_t kEventIdBytesMax = 128;
constexpr std::size_t kSummaryBytesMax = 256;
constexpr std::size_t kReferenceBytesMax = 64;
constexpr std::size_t kUrlBytesMax = 2 * 1024;
constexpr int kDataMax = 32;
constexpr std::size_t kDataKeyBytesMax = 64;
constexpr std::size_t kDataValueBytesMax = 1024;
constexpr int kAttachmentsMax = 20;
constexpr std::size_t kNameBytesMax = 256;
constexpr std::size_t kMediaTypeBytesMax = 128;
// 0001-01-01 and 9999-12-31, the span of google.protobuf.Timestamp.
constexpr std::int64_t kSecondsMin = -62'135'596'800;
constexpr std::int64_t kSecondsMax = 253'402'300'799;

bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
  });
}

bool IsWord(std::string_view text, std::size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLetterOrDigit(c) || c == '.' || c == '_' || c == '-'; });
}

// Neither blanks nor controls: as it goes into a link.
bool IsAddress(std::string_view text) {
  return text.size() <= kUrlBytesMax && !HasControls(text) &&
         text.find_first_of(" \"<>\\^`{|}") == std::string_view::npos;
}

bool IsHttps(std::string_view text) {
  constexpr std::string_view kHttps = "https://";
  return text.starts_with(kHttps) && text.size() > kHttps.size() &&
         IsLetterOrDigit(text[kHttps.size()]) && IsAddress(text);
}

// `x-wechat:media/47`: nothing that a browser would open or run.
bool IsAdaptersOwn(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (!text.starts_with("x-") || colon == std::string_view::npos || colon < 3 ||
      colon + 1 == text.size()) {
    return false;
  }
  const std::string_view scheme = text.substr(0, colon);
  return scheme.size() <= 32 && IsAddress(text) &&
         std::all_of(scheme.begin(), scheme.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

bool IsMediaType(std::string_view text) {
  const std::size_t slash = text.find('/');
  return text.size() <= kMediaTypeBytesMax && slash != std::string_view::npos && slash > 0 &&
         slash + 1 < text.size() && std::all_of(text.begin(), text.end(), [](char c) {
           return IsLetterOrDigit(c) || std::string_view("/.+-_;= ").find(c) != std::string::npos;
         });
}

bool IsContentId(std::string_view text) {
  return IsLine(text, kNameBytesMax) && text.find_first_of(" <>") == std::string_view::npos;
}

Error BadEvent(const char* field, const std::string& allowed) {
  return {Code::kInvalidArgument, "BAD_EVENT", std::string(field) + " is not what it may be",
          "send " + allowed};
}

Error BadAttachment(const char* field, const std::string& allowed) {
  return {Code::kInvalidArgument, "BAD_ATTACHMENT",
          std::string(field) + " of an attachment is not what it may be", "send " + allowed};
}

Result<void> CheckAttachment(const Attachment& attachment) {
  if (attachment.name().empty() || !IsLine(attachment.name(), kNameBytesMax)) {
    return BadAttachment("name", "1 to 256 bytes on one line");
  }
  if (!IsMediaType(attachment.media_type())) {
    return BadAttachment("media_type", "a media type such as image/png");
  }
  if (!IsFileAddress(attachment.url())) {
    return BadAttachment("url", "an https address, or one such as x-wechat:media/47");
  }
  if (!attachment.sha256().empty() && !IsSha256(attachment.sha256())) {
    return BadAttachment("sha256", "64 lower-case hexadecimal digits, or nothing");
  }
  if (!IsContentId(attachment.content_id())) {
    return BadAttachment("content_id", "at most 256 bytes without blanks and angle brackets");
  }
  return {};
}

}  // namespace

bool IsLine(std::string_view text, std::size_t bytes_max) {
  return text.size() <= bytes_max && !HasControls(text);
}

bool IsFileAddress(std::string_view text) { return IsHttps(text) || IsAdaptersOwn(text); }

bool IsSha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Result<void> CheckOutsideEvent(const OutsideEvent& event) {
  constexpr char kWord[] = "1 to 64 letters, digits and ._-";
  if (!IsWord(event.source(), kWordBytesMax)) return BadEvent("source", kWord);
  if (event.event_id().empty() || !IsLine(event.event_id(), kEventIdBytesMax)) {
    return BadEvent("event_id", "1 to 128 bytes without control characters");
  }
  if (!IsWord(event.type(), kWordBytesMax)) return BadEvent("type", kWord);
  if (event.summary().empty() || !IsLine(event.summary(), kSummaryBytesMax)) {
    return BadEvent("summary", "one line of 1 to 256 bytes");
  }
  if (!IsLine(event.reference(), kReferenceBytesMax)) {
    return BadEvent("reference", "at most 64 bytes without control characters");
  }
  if (!event.url().empty() && !IsHttps(event.url())) {
    return BadEvent("url", "an https address of at most 2048 bytes, or nothing");
  }
  if (event.data_size() > kDataMax) return BadEvent("data", "at most 32 entries");
  for (const auto& [key, value] : event.data()) {
    if (key.empty() || !IsLine(key, kDataKeyBytesMax)) {
      return BadEvent("data", "keys of 1 to 64 bytes without control characters");
    }
    if (value.size() > kDataValueBytesMax) {
      return BadEvent("data", "values of at most 1024 bytes");
    }
  }
  const auto& at = event.occurred_at();
  if (at.seconds() < kSecondsMin || at.seconds() > kSecondsMax || at.nanos() < 0 ||
      at.nanos() > 999'999'999) {
    return BadEvent("occurred_at", "an instant of the years 1 to 9999");
  }
  return {};
}

Result<void> CheckAttachments(const google::protobuf::RepeatedPtrField<Attachment>& attachments) {
  if (attachments.size() > kAttachmentsMax) {
    return Error{Code::kInvalidArgument, "TOO_MANY_ATTACHMENTS",
                 "the message has " + std::to_string(attachments.size()) + " attachments",
                 "send at most 20 with one message"};
  }
  for (const Attachment& attachment : attachments) {
    if (const Result<void> sound = CheckAttachment(attachment); !sound.ok()) return sound;
  }
  return {};
}

}  // namespace usher::service
