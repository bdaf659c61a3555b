// SPDX-License-Identifier: Apache-2.0
#include "router/context/identity.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <phonenumbers/phonenumberutil.h>
#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include "base/check.h"

namespace usher::context {

namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t kKindBytesMax = 32;
constexpr std::size_t kValueBytesMax = 256;
constexpr std::size_t kLocalBytesMax = 64;  // RFC 5321, 4.5.3.1
constexpr std::size_t kHostBytesMax = 255;
constexpr std::size_t kLabelBytesMax = 63;

bool IsKind(std::string_view kind) {
  if (kind.empty() || kind.size() > kKindBytesMax || kind[0] < 'a' || kind[0] > 'z') return false;
  return std::all_of(kind.begin(), kind.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
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

constexpr std::size_t kLongDigitsMin = 8;

// Ranges are opened all the time, and the library's lists are as old as the system's packages: a
// number that is long enough for its country is read although nobody is known to have it. A short
// one is a colleague's extension until its range is known.
bool IsNumber(const PhoneNumberUtil& util, const PhoneNumber& number) {
  if (util.IsValidNumber(number)) return true;
  std::string digits;
  util.GetNationalSignificantNumber(number, &digits);
  return digits.size() >= kLongDigitsMin &&
         util.IsPossibleNumberWithReason(number) == PhoneNumberUtil::IS_POSSIBLE;
}

// A number, or nothing. An extension leads to another person, so it is part of the address.
std::optional<PhoneNumber> ReadPhone(const std::string& value, std::string_view country) {
  PhoneNumber number;
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  const std::string region = country.empty() ? "ZZ" : std::string(country);
  if (util.Parse(value, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
      !IsNumber(util, number)) {
    return std::nullopt;
  }
  return number;
}

std::string FormatPhone(const PhoneNumber& number) {
  std::string out;
  PhoneNumberUtil::GetInstance()->Format(number, PhoneNumberUtil::E164, &out);
  if (number.has_extension()) out += ";ext=" + number.extension();
  return out;
}

// A number that nobody's numbering plan knows: its digits, in whatever script, and a leading plus.
Result<std::string> DigitsOfPhone(const std::string& value) {
  std::string digits;
  const auto size = static_cast<std::int32_t>(value.size());
  for (std::int32_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(value.data(), i, size, c);
    if (const std::int32_t digit = u_charDigitValue(c); digit >= 0) {
      digits += static_cast<char>('0' + digit);
    } else if ((c == '+' || c == 0xFF0B) && digits.empty()) {
      digits += '+';
    } else if (c >= 0x80 ||
               std::string_view(" -().\t/").find(static_cast<char>(c)) == std::string_view::npos) {
      return Bad("a phone number has characters that no number has");
    }
  }
  if (digits.size() < 3 || digits.size() > 20) return Bad("a phone number has 3 to 19 digits");
  return digits;
}

Result<std::string> NormalisedPhone(const std::string& value, std::string_view country) {
  if (const std::optional<PhoneNumber> number = ReadPhone(value, country)) {
    return FormatPhone(*number);
  }
  return DigitsOfPhone(value);
}

// Before RFC 6531 the part before the @ was any of these; providers have always allowed dots where
// the RFC does not.
bool IsLocalPart(std::string_view local) {
  if (local.empty() || local.size() > kLocalBytesMax) return false;
  if (local.size() > 2 && local.front() == '"' && local.back() == '"') return true;
  return std::all_of(local.begin(), local.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
  });
}

bool IsLabel(std::string_view label) {
  if (label.empty() || label.size() > kLabelBytesMax) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9') || c == '-';
  });
}

bool IsHost(std::string_view host) {
  if (host.empty() || host.size() > kHostBytesMax) return false;
  if (host.front() == '[') {  // an address literal
    return host.size() > 2 &&
           host.find_first_not_of("0123456789abcdefipv.:", 1) + 1 == host.size() &&
           host.back() == ']';
  }
  for (std::size_t start = 0; start <= host.size();) {
    const std::size_t end = std::min(host.find('.', start), host.size());
    if (!IsLabel(host.substr(start, end - start))) return false;
    start = end + 1;
  }
  return true;
}

// Lower case, and one form of letters that can be written in two.
std::string Lowered(std::string text) {
  if (IsAscii(text)) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
  }
  std::string out;
  icu::UnicodeString::fromUTF8(text).toLower(icu::Locale::getRoot()).toUTF8String(out);
  return out;
}

const icu::IDNA& HostNames() {
  static const std::unique_ptr<const icu::IDNA> names = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<const icu::IDNA> made(icu::IDNA::createUTS46Instance(
        UIDNA_CHECK_BIDI | UIDNA_NONTRANSITIONAL_TO_UNICODE, status));
    USHER_CHECK(U_SUCCESS(status) && made != nullptr, "ICU's data has its host names");
    return made;
  }();
  return *names;
}

// A host in letters, whether it was written so or in punycode; as it was where it is neither.
std::string HostInLetters(std::string host) {
  if (IsAscii(host) && host.find("xn--") == std::string::npos) return host;
  std::string letters;
  icu::StringByteSink<std::string> sink(&letters);
  icu::IDNAInfo info;
  UErrorCode status = U_ZERO_ERROR;
  HostNames().nameToUnicodeUTF8(host, sink, info, status);
  return U_SUCCESS(status) && !info.hasErrors() ? letters : host;
}

Result<std::string> NormalisedEmail(const std::string& value) {
  const std::size_t at = value.rfind('@');
  if (at == std::string::npos) return Bad("an e-mail address is name@host");
  std::string host = HostInLetters(Lowered(value.substr(at + 1)));
  if (!host.empty() && host.back() == '.') host.pop_back();  // a fully qualified name's
  const std::string local = Lowered(value.substr(0, at));
  if (!IsLocalPart(local) || !IsHost(host)) return Bad("an e-mail address is name@host");
  return local + '@' + host;
}

// As phone numbers were written before they were read.
std::optional<std::string> FormerPhone(const std::string& value) {
  Result<std::string> digits = DigitsOfPhone(Trimmed(value));
  if (!digits.ok()) return std::nullopt;
  return *std::move(digits);
}

std::string DigitsOf(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

}  // namespace

Result<v1::Identity> Normalised(const v1::Identity& identity, std::string_view country) {
  if (!IsKind(identity.kind()))
    return Bad("kind \"" + identity.kind().substr(0, 32) + "\" is none");
  Result<std::string> value = Trimmed(identity.value());
  if (value->empty()) return Bad("the value is empty");
  if (value->size() > kValueBytesMax) return Bad("the value is longer than 256 bytes");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(value->begin(), value->end(), is_control)) {
    return Bad("the value has control characters");
  }
  if (identity.kind() == "email") value = NormalisedEmail(std::string(*value));
  if (identity.kind() == "phone") value = NormalisedPhone(std::string(*value), country);
  if (!value.ok()) return value.error();
  v1::Identity out = identity;
  out.set_value(*std::move(value));
  return out;
}

std::vector<std::string> FormerValues(const v1::Identity& told, const v1::Identity& normalised,
                                      std::string_view country) {
  std::vector<std::string> values;
  if (normalised.kind() != "phone") return values;
  const auto add = [&](std::string value) {
    if (value.size() < 3 || value == normalised.value()) return;
    if (std::find(values.begin(), values.end(), value) == values.end()) {
      values.push_back(std::move(value));
    }
  };
  if (const std::optional<std::string> former = FormerPhone(told.value())) add(*former);
  const std::optional<PhoneNumber> number = ReadPhone(normalised.value(), country);
  if (!number || number->has_extension()) return values;
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  // Without its plus, as telephone networks present it.
  add(DigitsOf(normalised.value()));
  if (country.empty() ||
      util.GetCountryCodeForRegion(std::string(country)) != number->country_code())
    return values;
  std::string national;
  util.Format(*number, PhoneNumberUtil::NATIONAL, &national);
  add(DigitsOf(national));
  std::string significant;  // is added to, not replaced
  util.GetNationalSignificantNumber(*number, &significant);
  add(significant);
  return values;
}

}  // namespace usher::context
