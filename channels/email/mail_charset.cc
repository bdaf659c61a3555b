// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_charset.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include "channels/email/ascii.h"

namespace usher::email {

namespace {

struct Label {
  std::string_view said;
  std::string_view meant;  // as ICU names it
};
// What mail programs mean where the registered charset is a part of what they write.
constexpr std::array kLabels = {
    Label{"gb2312", "gb18030"},
    Label{"gb_2312-80", "gb18030"},
    Label{"x-gbk", "gb18030"},
    Label{"gbk", "gb18030"},
    Label{"cp936", "gb18030"},
    Label{"chinesebig5", "big5-hkscs"},
    Label{"big5", "big5-hkscs"},
    Label{"shift_jis", "windows-31j"},
    Label{"shift-jis", "windows-31j"},
    Label{"sjis", "windows-31j"},
    Label{"cp50220", "iso-2022-jp"},
    Label{"cp50221", "iso-2022-jp"},
    Label{"x-windows-50221", "iso-2022-jp"},
    Label{"ks_c_5601-1987", "windows-949"},
    Label{"euc-kr", "windows-949"},
    Label{"iso-8859-1", "windows-1252"},
    Label{"latin1", "windows-1252"},
    Label{"iso-8859-9", "windows-1254"},
    Label{"iso-8859-11", "windows-874"},
    Label{"tis-620", "windows-874"},
    Label{"utf8", "utf-8"},
    Label{"unicode-1-1-utf-7", "utf-7"},
};

// The statistics need no more.
constexpr std::size_t kDetectBytesMax = 64 * 1'024;
constexpr int kDetectConfidenceMin = 10;
constexpr UChar kReplacement = 0xFFFD;

std::string ToIcuName(std::string_view label) {
  std::string name = ToLower(Trim(label));
  name.erase(std::remove_if(name.begin(), name.end(),
                            [](char c) { return c == '"' || c == '\'' || c == '\0'; }),
             name.end());
  for (const Label& entry : kLabels) {
    if (name == entry.said) return std::string(entry.meant);
  }
  return name;
}

bool IsAscii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool HasIso2022Escape(std::string_view bytes) {
  return bytes.find("\x1b$B") != bytes.npos || bytes.find("\x1b$@") != bytes.npos;
}

// Without changes of its state that another one follows at once, as they stand where two encoded
// words were put together; ICU takes them for an attack.
std::string WithoutEmptySegments(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const bool is_escape = bytes.starts_with("\x1b$") || bytes.starts_with("\x1b(");
    const std::size_t length = is_escape ? std::min<std::size_t>(3, bytes.size()) : 1;
    const bool is_empty = is_escape && bytes.substr(length).starts_with('\x1b');
    if (!is_empty) text.append(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return text;
}

struct Conversion {
  std::string text;
  std::size_t replaced = 0;  // characters that nothing fitted
};

// Nothing where ICU does not know the charset.
std::optional<Conversion> Convert(std::string_view bytes, const std::string& charset) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(
      ucnv_open(charset.c_str(), &error), &ucnv_close);
  if (U_FAILURE(error)) return std::nullopt;
  const icu::UnicodeString text(bytes.data(), static_cast<std::int32_t>(bytes.size()),
                                converter.get(), error);
  if (U_FAILURE(error)) return std::nullopt;
  Conversion result;
  for (std::int32_t i = 0; i < text.length(); ++i) result.replaced += text[i] == kReplacement;
  text.toUTF8String(result.text);
  return result;
}

// The likeliest reading of bytes that are not what they say.
std::string ConvertByStatistics(std::string_view bytes, const std::string& said) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, decltype(&ucsdet_close)> detector(ucsdet_open(&error),
                                                                            &ucsdet_close);
  const std::string_view sample = bytes.substr(0, kDetectBytesMax);
  ucsdet_setText(detector.get(), sample.data(), static_cast<std::int32_t>(sample.size()), &error);
  if (!said.empty()) {
    ucsdet_setDeclaredEncoding(detector.get(), said.data(), static_cast<std::int32_t>(said.size()),
                               &error);
  }
  std::int32_t count = 0;
  const UCharsetMatch** const matches = ucsdet_detectAll(detector.get(), &count, &error);
  std::optional<Conversion> best;
  for (std::int32_t i = 0; U_SUCCESS(error) && i < count; ++i) {
    if (ucsdet_getConfidence(matches[i], &error) < kDetectConfidenceMin) break;
    const char* const name = ucsdet_getName(matches[i], &error);
    if (U_FAILURE(error)) break;
    auto read = Convert(bytes, ToIcuName(name));
    if (read && (!best || read->replaced < best->replaced)) best = std::move(read);
    if (best && best->replaced == 0) break;
  }
  // What was said, with its holes, where that has fewer of them.
  if (auto as_said = Convert(bytes, said); as_said && !said.empty()) {
    if (!best || as_said->replaced <= best->replaced) best = std::move(as_said);
  }
  if (!best) best = Convert(bytes, "windows-1252");
  return best ? std::move(best->text) : ToValidUtf8(bytes);
}

std::string Tidy(std::string text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  std::string tidy;
  tidy.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_kept = byte >= 0x20 ? byte != 0x7F : byte == '\t' || byte == '\n' || byte == '\r';
    if (!is_kept) continue;
    if (text[i] != '\r') {
      tidy += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      tidy += '\n';
    }
  }
  return tidy;
}

bool IsOfManyBytes(const std::string& charset) {
  constexpr std::array<std::string_view, 6> kNames = {"gb18030", "big5-hkscs",  "windows-31j",
                                                      "euc-jp",  "windows-949", "hz-gb-2312"};
  return std::find(kNames.begin(), kNames.end(), charset) != kNames.end();
}

// Whether what says another charset is UTF-8 all the same. Letters of one byte hardly ever make
// even one character of UTF-8 by chance; two words of Chinese may make several of two bytes.
bool IsUtf8InTruth(std::string_view bytes, const std::string& charset) {
  if (IsAscii(bytes) || !IsUtf8(bytes)) return false;
  return !IsOfManyBytes(charset) || std::any_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0xE0;
  });
}

void AppendWindows1252(unsigned char byte, std::string& text) {
  constexpr std::array<UChar, 32> kUpper = {
      0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
      0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};
  const UChar c = byte >= 0x80 && byte < 0xA0 ? kUpper[byte - 0x80] : byte;
  icu::UnicodeString(c).toUTF8String(text);
}

// UTF-8 in which some bytes are something else, as when two mails were pasted together: those are
// read as windows-1252. Nothing where there is more of the other.
std::optional<std::string> RepairUtf8(std::string_view bytes) {
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto size = static_cast<std::int32_t>(bytes.size());
  std::string text;
  std::size_t fitting = 0;
  std::size_t others = 0;
  for (std::int32_t i = 0; i < size;) {
    const std::int32_t begin = i;
    UChar32 c = 0;
    U8_NEXT(data, i, size, c);  // NOLINT(bugprone-inc-dec-in-conditions)
    const std::string_view taken =
        bytes.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(i - begin));
    if (c >= 0) {
      fitting += c >= 0x80;
      text.append(taken);
    } else {
      others += taken.size();
      for (const char byte : taken) AppendWindows1252(static_cast<unsigned char>(byte), text);
    }
  }
  if (fitting < others) return std::nullopt;
  return text;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto size = static_cast<std::int32_t>(bytes.size());
  for (std::int32_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT(data, i, size, c);  // NOLINT(bugprone-inc-dec-in-conditions)
    if (c < 0) return false;
  }
  return true;
}

std::string ToValidUtf8(std::string_view bytes) {
  if (IsUtf8(bytes)) return std::string(bytes);
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto size = static_cast<std::int32_t>(bytes.size());
  std::string valid;
  for (std::int32_t i = 0; i < size;) {
    const std::int32_t begin = i;
    UChar32 c = 0;
    U8_NEXT(data, i, size, c);  // NOLINT(bugprone-inc-dec-in-conditions)
    if (c < 0) {
      valid += "\xEF\xBF\xBD";
    } else {
      valid.append(
          bytes.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(i - begin)));
    }
  }
  return valid;
}

DecodedText DecodeText(std::string_view bytes, std::string_view label) {
  std::string charset = ToIcuName(label);
  const bool says_ascii = charset == "us-ascii" || charset == "ascii";
  if (charset.empty() || says_ascii || charset == "utf-8") {
    if (charset != "utf-8" && HasIso2022Escape(bytes)) {
      if (auto japanese = Convert(bytes, "iso-2022-jp"))
        return {Tidy(std::move(japanese->text)), true};
    }
    if (IsUtf8(bytes)) return {Tidy(std::string(bytes)), says_ascii && !IsAscii(bytes)};
    if (auto repaired = RepairUtf8(bytes)) return {Tidy(*std::move(repaired)), true};
    return {Tidy(ConvertByStatistics(bytes, says_ascii ? "" : charset)), true};
  }
  if (charset.starts_with("iso-2022-")) {
    if (auto read = Convert(WithoutEmptySegments(bytes), charset)) {
      return {Tidy(std::move(read->text)), read->replaced > 0};
    }
  }
  const bool is_wide = charset.starts_with("utf-16") || charset.starts_with("utf-32");
  if (!is_wide && IsUtf8InTruth(bytes, charset)) return {Tidy(std::string(bytes)), true};
  auto read = Convert(bytes, charset);
  if (read && read->replaced == 0) return {Tidy(std::move(read->text)), false};
  if (!read && IsAscii(bytes)) return {Tidy(std::string(bytes)), true};
  return {Tidy(ConvertByStatistics(bytes, read ? charset : "")), true};
}

}  // namespace usher::email
