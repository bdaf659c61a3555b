// SPDX-License-Identifier: Apache-2.0
#include "usher/print.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <iostream>

#include <google/protobuf/util/json_util.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/io/http_message.h"

namespace usher::app {

namespace {

// What a terminal shows: control characters would move the cursor and are left out.
std::string Printable(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) out += c;
  }
  return out;
}

// Columns of a terminal: two for the wide letters of East Asia, none for accents of their own.
std::size_t Width(const std::string& text) {
  std::size_t columns = 0;
  const auto length = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < length;) {
    UChar32 letter = 0;
    U8_NEXT(text.data(), at, length, letter);
    if (letter >= 0 &&
        (U_GET_GC_MASK(letter) & (U_GC_MN_MASK | U_GC_ME_MASK | U_GC_CF_MASK)) != 0) {
      continue;
    }
    const int width =
        letter < 0 ? U_EA_NEUTRAL : u_getIntPropertyValue(letter, UCHAR_EAST_ASIAN_WIDTH);
    columns += width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
  }
  return columns;
}

}  // namespace

void PrintTable(const std::vector<std::string>& heads,
                const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::vector<std::string>> lines = {heads};
  for (std::string& head : lines[0]) {
    std::transform(head.begin(), head.end(), head.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  }
  for (const auto& row : rows) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const std::string& cell : row) line.push_back(cell.empty() ? "-" : Printable(cell));
  }
  std::vector<std::size_t> widths(heads.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], Width(line[i]));
  }
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      std::cout << line[i];
      if (i + 1 < line.size()) std::cout << std::string(widths[i] - Width(line[i]) + 2, ' ');
    }
    std::cout << '\n';
  }
}

void PrintText(const std::string& text) {
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::cout << Printable(text.substr(start, end - start)) << '\n';
    start = end + 1;
  }
}

void PrintJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto printed = google::protobuf::util::MessageToJsonString(message, &text, options);
  std::cout << (printed.ok() ? text : printed.ToString()) << std::flush;
}

int PrintError(const Error& error, Output output) {
  if (output == Output::kJson) {
    std::cerr << io::ErrorJson(error) << '\n';
  } else {
    std::cerr << "usher: " << error.message;
    if (!error.next_step.empty()) std::cerr << "; " << error.next_step;
    std::cerr << " (" << error.reason << ")\n";
  }
  return error.code == Code::kInvalidArgument || error.code == Code::kUnauthenticated ? 2 : 1;
}

std::string Shown(const google::protobuf::Timestamp& instant) {
  if (instant.seconds() == 0) return {};
  const std::time_t seconds = instant.seconds();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &utc);
  return {text.data(), length};
}

std::string Shown(const google::protobuf::Duration& span) {
  const std::int64_t seconds = span.seconds();
  if (seconds >= 3600) {
    return std::to_string(seconds / 3600) + "h " + std::to_string(seconds % 3600 / 60) + "m";
  }
  if (seconds >= 60) {
    return std::to_string(seconds / 60) + "m " + std::to_string(seconds % 60) + "s";
  }
  return std::to_string(seconds) + "s";
}

std::string ShownEnum(const std::string& name, const std::string& prefix) {
  std::string word = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) {
    return c == '_' ? '-' : static_cast<char>(std::tolower(c));
  });
  return word == "unspecified" ? std::string() : word;
}

}  // namespace usher::app
