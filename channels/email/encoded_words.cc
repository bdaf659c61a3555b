// SPDX-License-Identifier: Apache-2.0
#include "channels/email/encoded_words.h"

#include <cstddef>
#include <optional>

#include "channels/email/ascii.h"
#include "channels/email/base64.h"
#include "channels/email/mail_charset.h"

namespace usher::email {

namespace {

// RFC 2047 allows 75; nobody keeps to it.
constexpr std::size_t kWordBytesMax = 8 * 1'024;

struct Word {
  std::string charset;  // without a language (RFC 2231)
  std::string bytes;
  std::size_t length = 0;  // as it stands in the header
};

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = ToLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string FromQ(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '=' && i + 2 < text.size() && HexValue(text[i + 1]) >= 0 &&
        HexValue(text[i + 2]) >= 0) {
      bytes += static_cast<char>(HexValue(text[i + 1]) * 16 + HexValue(text[i + 2]));
      i += 2;
    } else {
      bytes += text[i] == '_' ? ' ' : text[i];
    }
  }
  return bytes;
}

// The word that `text` begins with.
std::optional<Word> ReadWord(std::string_view text) {
  if (!text.starts_with("=?")) return std::nullopt;
  text = text.substr(0, kWordBytesMax);
  const std::size_t charset_end = text.find('?', 2);
  if (charset_end == text.npos || charset_end + 2 >= text.size() || text[charset_end + 2] != '?') {
    return std::nullopt;
  }
  const std::size_t begin = charset_end + 3;
  const std::size_t end = text.find("?=", begin);
  if (end == text.npos) return std::nullopt;
  const std::string_view content = text.substr(begin, end - begin);
  if (content.find_first_of("\r\n") != content.npos) return std::nullopt;
  const std::string_view charset = text.substr(2, charset_end - 2);
  Word word{
      .charset = ToLower(charset.substr(0, charset.find('*'))), .bytes = "", .length = end + 2};
  const char encoding = ToLower(text[charset_end + 1]);
  if (encoding == 'q') {
    word.bytes = FromQ(content);
  } else if (encoding == 'b') {
    word.bytes = FromBase64Loosely(content);
  } else {
    return std::nullopt;
  }
  return word;
}

std::size_t SpaceLength(std::string_view text) {
  const std::size_t end = text.find_first_not_of(" \t\r\n");
  return end == text.npos ? text.size() : end;
}

// Takes the words that stand in a row at the front of `text`, of which `word` is the first, and
// gives what they say. Bytes of one charset are put together before they are read.
DecodedText TakeRow(std::string_view& text, std::optional<Word> word) {
  DecodedText row;
  Word run;
  const auto end_run = [&] {
    const DecodedText decoded = DecodeText(run.bytes, run.charset);
    row.text += decoded.text;
    row.repaired = row.repaired || decoded.repaired;
  };
  std::size_t space = 0;
  while (word && row.text.size() < kWordBytesMax) {
    if (run.charset != word->charset) {
      if (!run.charset.empty()) end_run();
      run = {.charset = word->charset, .bytes = "", .length = 0};
    }
    run.bytes += word->bytes;
    text.remove_prefix(space + word->length);
    space = SpaceLength(text);
    word = ReadWord(text.substr(space));
  }
  end_run();
  return row;
}

}  // namespace

EncodedWords ToUtf8Words(std::string_view header) {
  EncodedWords result;
  while (!header.empty()) {
    const std::size_t begin = header.find("=?");
    result.header.append(header.substr(0, begin));
    if (begin == header.npos) break;
    header.remove_prefix(begin);
    auto word = ReadWord(header);
    if (!word) {
      result.header += "=?";
      header.remove_prefix(2);
      continue;
    }
    const DecodedText row = TakeRow(header, std::move(word));
    result.repaired = result.repaired || row.repaired;
    result.header += "=?utf-8?B?" + ToBase64(row.text) + "?=";
  }
  return result;
}

}  // namespace usher::email
