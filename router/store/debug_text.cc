// SPDX-License-Identifier: Apache-2.0
#include "router/store/debug_text.h"

#include <chrono>
#include <cstdio>

namespace usher::store::debug_text {

void AppendQuoted(std::string_view text, std::string& out) {
  out += '"';
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += byte;
    } else if (code < 0x20 || code >= 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", code);
      out += escaped;
    } else {
      out += byte;
    }
  }
  out += '"';
}

void AppendInstant(Instant instant, std::string& out) {
  if (instant == kNever) {
    out += "\"never\"";
    return;
  }
  const std::chrono::sys_time<Duration> utc(instant.time_since_epoch());
  const auto day = std::chrono::floor<std::chrono::days>(utc);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<Duration> time(utc - day);
  char text[64];
  std::snprintf(text, sizeof text, "\"%04d-%02u-%02uT%02d:%02d:%02d.%03dZ\"",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  out += text;
}

}  // namespace usher::store::debug_text
