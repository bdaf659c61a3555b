// SPDX-License-Identifier: Apache-2.0
#include "channels/email/file_address.h"

#include <algorithm>
#include <charconv>

#include "base/io/http_message.h"

namespace usher::email {

namespace {

constexpr std::size_t kTextBytesMax = 2'048;
constexpr std::size_t kNameBytesMax = 128;
// Longer ones are not searched for; the size finds the mail.
constexpr std::size_t kMessageIdBytesMax = 250;

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax &&
         std::all_of(text.begin(), text.end(), IsPlain);
}

bool IsSearchable(std::string_view message_id) {
  return !message_id.empty() && message_id.size() <= kMessageIdBytesMax &&
         std::all_of(message_id.begin(), message_id.end(),
                     [](char c) { return c > ' ' && c < 0x7F; });
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (IsPlain(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4];
    encoded += kDigits[byte & 15];
  }
  return encoded;
}

// What stands before `end`, which is taken off `text` too.
std::string_view TakeUntil(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + 1);
  return taken;
}

bool ReadHints(std::string_view query, FileAddress& address) {
  while (!query.empty()) {
    std::string_view hint = TakeUntil(query, '&');
    const std::string_view name = TakeUntil(hint, '=');
    if (name == "id") {
      const auto decoded = io::PercentDecode(hint);
      if (!decoded || !IsSearchable(*decoded)) return false;
      address.message_id = *decoded;
    } else if (name == "size") {
      const auto [end, error] =
          std::from_chars(hint.data(), hint.data() + hint.size(), address.bytes);
      if (error != std::errc() || end != hint.data() + hint.size()) return false;
    }
  }
  return true;
}

}  // namespace

std::string ToText(const FileAddress& address) {
  std::string text =
      std::string(kFileAddressScheme) + address.mailbox + "/" + address.key + "/" + address.part;
  char mark = '?';
  if (IsSearchable(address.message_id)) {
    text += mark + ("id=" + PercentEncode(address.message_id));
    mark = '&';
  }
  if (address.bytes > 0) text += mark + ("size=" + std::to_string(address.bytes));
  return text;
}

Result<FileAddress> ReadFileAddress(std::string_view text) {
  const Error invalid{Code::kInvalidArgument, "FILE_ADDRESS_INVALID",
                      "this is no address of a file in a mailbox",
                      "give an address as it stands in a message, x-mail:<mailbox>/<key>/<part>"};
  if (text.size() > kTextBytesMax || !text.starts_with(kFileAddressScheme)) return invalid;
  text.remove_prefix(kFileAddressScheme.size());
  std::string_view path = TakeUntil(text, '?');
  FileAddress address;
  address.mailbox = TakeUntil(path, '/');
  address.key = TakeUntil(path, '/');
  address.part = path;
  const bool is_whole = IsName(address.mailbox) && IsName(address.key) && IsName(address.part);
  if (!is_whole || !ReadHints(text, address)) return invalid;
  return address;
}

bool IsAgentFile(const FileAddress& address) { return address.key.starts_with(kAgentFilePrefix); }

std::string ToFileMessageId(const std::string& key) { return key + "@files.usher.invalid"; }

}  // namespace usher::email
