// SPDX-License-Identifier: Apache-2.0
#include "channels/email/smtp_reply.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <regex>
#include <utility>

#include "channels/email/ascii.h"
#include "channels/email/mail_server.h"

namespace usher::email {

namespace {

constexpr std::size_t kLineBytesMax = 4 * 1'024;
constexpr std::size_t kLinesMax = 200;

Error Broken(const std::string& what) {
  return {Code::kUnavailable, "SMTP_PROTOCOL", "the server's answer is not SMTP: " + what,
          "check that an SMTP server answers there"};
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "5.1.1 " in front of the words.
std::string TakeStatus(std::string_view& words) {
  const std::size_t end = words.find_first_not_of("0123456789.");
  const std::string_view status = words.substr(0, end);
  const bool is_status = end != words.npos && words[end] == ' ' && status.size() >= 5 &&
                         status[1] == '.' &&
                         std::string_view("245").find(status[0]) != status.npos &&
                         std::count(status.begin(), status.end(), '.') == 2;
  if (!is_status) return {};
  words.remove_prefix(end + 1);
  return std::string(status);
}

}  // namespace

std::string SmtpReply::Words() const {
  std::string words = std::to_string(code);
  if (!status.empty()) words += " " + status;
  for (const std::string& line : lines) words += " " + line;
  return ToServerWords(words);
}

// Takes one line; true when it was a reply's last.
Result<bool> SmtpReplyParser::TakeLine() {
  const std::size_t end = buffer_.find('\n', begin_);
  std::string_view line = std::string_view(buffer_).substr(begin_, end - begin_);
  begin_ = end + 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() < 3 || !IsDigit(line[0]) || !IsDigit(line[1]) || !IsDigit(line[2])) {
    return Broken("a line without a code");
  }
  const bool is_last = line.size() == 3 || line[3] == ' ';
  if (!is_last && line[3] != '-') return Broken("a code that goes on");
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (code < 200 || code > 599) return Broken("a code that SMTP does not have");
  if (reply_.lines.size() >= kLinesMax) return Broken("a reply without an end");
  std::string_view words = line.size() > 4 ? line.substr(4) : std::string_view();
  std::string status = TakeStatus(words);
  if (!status.empty()) reply_.status = std::move(status);
  reply_.code = code;
  reply_.lines.emplace_back(words);
  return is_last;
}

Result<std::optional<SmtpReply>> SmtpReplyParser::Next() {
  while (true) {
    if (buffer_.find('\n', begin_) == buffer_.npos) {
      buffer_.erase(0, begin_);
      begin_ = 0;
      if (buffer_.size() > kLineBytesMax) return Broken("a line without an end");
      return std::optional<SmtpReply>();
    }
    const Result<bool> last = TakeLine();
    if (!last.ok()) return last.error();
    if (*last) return std::optional<SmtpReply>(std::exchange(reply_, {}));
  }
}

bool SmtpOffers::HasAuth(std::string_view mechanism) const {
  return std::find(auth.begin(), auth.end(), mechanism) != auth.end();
}

SmtpOffers ReadOffers(const SmtpReply& reply) {
  SmtpOffers offers;
  for (std::size_t i = 1; i < reply.lines.size(); ++i) {
    std::string line = reply.lines[i];
    for (char& c : line) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    std::string_view rest = line;
    const std::string_view word = rest.substr(0, rest.find_first_of(" ="));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    offers.starttls = offers.starttls || word == "STARTTLS";
    offers.eight_bit = offers.eight_bit || word == "8BITMIME";
    offers.pipelining = offers.pipelining || word == "PIPELINING";
    offers.dsn = offers.dsn || word == "DSN";
    if (word == "SIZE") {
      std::from_chars(rest.data(), rest.data() + rest.size(), offers.size_max);
    } else if (word == "AUTH") {
      while (!rest.empty()) {
        const std::size_t end = rest.find(' ');
        if (end != 0) offers.auth.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
      }
    }
  }
  return offers;
}

// By the month: nothing else in a greeting looks like "22 Nov 2026 12:07:40 +0100".
std::optional<Instant> FindSmtpTime(std::string_view words) {
  static const std::regex pattern(
      R"((\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) )"
      R"((\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2}))");
  std::match_results<std::string_view::const_iterator> found;
  if (!std::regex_search(words.begin(), words.end(), found, pattern)) return std::nullopt;
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto number = [&](std::size_t group) { return std::stoi(found[group].str()); };
  const auto month = static_cast<unsigned>(kMonths.find(found[2].str()) / 3 + 1);
  const std::chrono::year_month_day date{std::chrono::year{number(3)}, std::chrono::month{month},
                                         std::chrono::day{static_cast<unsigned>(number(1))}};
  if (!date.ok()) return std::nullopt;
  const auto offset = std::chrono::hours{number(8)} + std::chrono::minutes{number(9)};
  const auto local = std::chrono::sys_days{date}.time_since_epoch() +
                     std::chrono::hours{number(4)} + std::chrono::minutes{number(5)} +
                     std::chrono::seconds{number(6)};
  return Instant{found[7].str() == "-" ? local + offset : local - offset};
}

std::string ToSmtpData(std::string_view message) {
  std::string data;
  data.reserve(message.size() + message.size() / 64 + 8);
  bool at_line_start = true;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const char c = message[i];
    if (c == '\r' || c == '\n') {
      if (c == '\r' && i + 1 < message.size() && message[i + 1] == '\n') ++i;
      data += "\r\n";
      at_line_start = true;
      continue;
    }
    if (at_line_start && c == '.') data += '.';
    data += c;
    at_line_start = false;
  }
  if (!at_line_start) data += "\r\n";
  return data += ".\r\n";
}

std::string ToXtext(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string xtext;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte < 0x7F && c != '+' && c != '=') {
      xtext += c;
    } else {
      xtext += '+';
      xtext += kHex[byte >> 4];
      xtext += kHex[byte & 15];
    }
  }
  return xtext;
}

}  // namespace usher::email
