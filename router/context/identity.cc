// SPDX-License-Identifier: Apache-2.0
#include "router/context/identity.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace usher::context {

namespace {

constexpr std::size_t kKindBytesMax = 32;
constexpr std::size_t kValueBytesMax = 256;

bool IsKind(std::string_view kind) {
  if (kind.empty() || kind.size() > kKindBytesMax || kind[0] < 'a' || kind[0] > 'z') return false;
  return std::all_of(kind.begin(), kind.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

Error Bad(const std::string& message) {
  return {Code::kInvalidArgument, "BAD_IDENTITY", message,
          "give a kind such as email and a value of at most 256 bytes"};
}

Result<std::string> NormalisedPhone(const std::string& value) {
  std::string digits;
  for (const char c : value) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c == '+' && digits.empty()) {
      digits += c;
    } else if (std::string_view(" -().\t/").find(c) == std::string_view::npos) {
      return Bad("a phone number has characters that no number has");
    }
  }
  if (digits.size() < 3 || digits.size() > 20) return Bad("a phone number has 3 to 19 digits");
  return digits;
}

Result<std::string> NormalisedEmail(std::string value) {
  const std::size_t at = value.rfind('@');
  if (at == 0 || at == std::string::npos || at + 1 == value.size() ||
      value.find_first_of(" \t<>") != std::string::npos) {
    return Bad("an e-mail address is name@host");
  }
  std::transform(value.begin(), value.end(), value.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return value;
}

}  // namespace

Result<v1::Identity> Normalised(const v1::Identity& identity) {
  if (!IsKind(identity.kind()))
    return Bad("kind \"" + identity.kind().substr(0, 32) + "\" is none");
  Result<std::string> value = Trimmed(identity.value());
  if (value->empty()) return Bad("the value is empty");
  if (value->size() > kValueBytesMax) return Bad("the value is longer than 256 bytes");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(value->begin(), value->end(), is_control)) {
    return Bad("the value has control characters");
  }
  if (identity.kind() == "email") value = NormalisedEmail(*std::move(value));
  if (identity.kind() == "phone") value = NormalisedPhone(*std::move(value));
  if (!value.ok()) return value.error();
  v1::Identity out = identity;
  out.set_value(*std::move(value));
  return out;
}

}  // namespace usher::context
