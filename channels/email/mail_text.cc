// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_text.h"

#include <algorithm>
#include <array>
#include <vector>

#include "channels/email/ascii.h"

namespace usher::email {

namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t kIntroductionLinesMax = 4;
constexpr std::size_t kIntroductionBytesMax = 600;
constexpr std::size_t kSignatureLinesMax = 20;

// What stands at the end of "On Monday Ann wrote:" and its like.
constexpr std::array<std::string_view, 22> kWrote = {
    "wrote",     "writes",  "schrieb", "geschrieben", "écrit",    "escribió", "escribio", "scritto",
    "escreveu",  "schreef", "skrev",   "napisał",     "napsal",   "писал",    "пишет",    "написал",
    "kirjoitti", "yazdı",   "写道",    "寫道",        "のメール", "작성"};

constexpr std::array<std::string_view, 14> kSeparators = {"original message",
                                                          "ursprüngliche nachricht",
                                                          "originalnachricht",
                                                          "message d'origine",
                                                          "message original",
                                                          "mensaje original",
                                                          "messaggio originale",
                                                          "mensagem original",
                                                          "forwarded message",
                                                          "weitergeleitete nachricht",
                                                          "原始邮件",
                                                          "原始郵件",
                                                          "转发的邮件",
                                                          "исходное сообщение"};

// The headers of a quoted mail as Outlook and its like write them above it.
constexpr std::array<std::string_view, 36> kQuotedHeaders = {
    "from:",     "sent:",    "date:",     "to:",       "cc:",      "subject:",
    "reply-to:", "von:",     "gesendet:", "datum:",    "an:",      "betreff:",
    "de :",      "de:",      "envoyé :",  "envoyé:",   "à :",      "à:",
    "objet :",   "objet:",   "enviado:",  "para:",     "asunto:",  "assunto:",
    "发件人:",   "发件人：", "发送时间",  "收件人:",   "收件人：", "主题:",
    "主题：",    "日期",     "差出人:",   "送信日時:", "宛先:",    "件名:"};

constexpr std::array<std::string_view, 14> kSentFrom = {
    "sent from my ",    "sent from mail for ", "sent from outlook", "sent via ",
    "get outlook for ", "von meinem ",         "gesendet von ",     "gesendet mit ",
    "envoyé de mon ",   "enviado desde mi ",   "inviato da ",       "发自我的",
    "從我的",           "отправлено с "};

constexpr std::array<std::string_view, 26> kReplyPrefixes = {
    "re",  "aw",   "antw", "antwort", "sv",   "vs",   "odp",  "ynt",   "rif",
    "res", "回复", "回覆", "答复",    "答覆", "返信", "отв",  "ответ", "r",
    "fwd", "fw",   "wg",   "tr",      "rv",   "enc",  "转发", "轉寄"};
constexpr std::array<std::string_view, 8> kForwardPrefixes = {"fwd", "fw",  "wg",   "tr",
                                                              "rv",  "enc", "转发", "轉寄"};

Lines SplitLines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

std::string JoinTrimmed(const Lines& lines, std::size_t begin, std::size_t end) {
  while (begin < end && Trim(lines[begin]).empty()) ++begin;
  while (begin < end && Trim(lines[end - 1]).empty()) --end;
  std::string text;
  for (; begin < end; ++begin) text.append(lines[begin]) += '\n';
  return text;
}

bool IsEmpty(std::string_view line) { return Trim(line).empty(); }
bool IsQuoted(std::string_view line) { return line.starts_with('>'); }

// The letters after any quotation marks and the emphasis that HTML leaves.
std::string_view Bare(std::string_view line) {
  line = Trim(line);
  while (line.starts_with('*')) line.remove_prefix(1);
  return line;
}

bool EndsIntroduction(std::string_view line) {
  line = Trim(line);
  if (!line.ends_with(':') && !line.ends_with("：")) return false;
  return std::any_of(kWrote.begin(), kWrote.end(),
                     [&](std::string_view word) { return ContainsIgnoringCase(line, word); });
}

bool IsSeparator(std::string_view line) {
  line = Trim(line);
  if (!line.starts_with("--") && !line.starts_with("__")) return false;
  return std::any_of(kSeparators.begin(), kSeparators.end(),
                     [&](std::string_view words) { return ContainsIgnoringCase(line, words); });
}

bool IsRule(std::string_view line) {
  line = Trim(line);
  return line.size() >= 10 && line.find_first_not_of('_') == line.npos;
}

bool IsQuotedHeader(std::string_view line) {
  line = Bare(line);
  return std::any_of(kQuotedHeaders.begin(), kQuotedHeaders.end(),
                     [&](std::string_view name) { return StartsWithIgnoringCase(line, name); });
}

// Three lines of headers one after the other, empty ones between them left out.
bool IsHeaderBlock(const Lines& lines, std::size_t at) {
  std::size_t headers = 0;
  for (std::size_t i = at; i < lines.size() && i < at + 8 && headers < 3; ++i) {
    if (IsEmpty(lines[i])) continue;
    if (!IsQuotedHeader(lines[i])) break;
    ++headers;
  }
  return headers >= 3;
}

// Where a separator or a block of headers says that all the rest is an earlier mail.
std::size_t FindAnnouncedHistory(const Lines& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (IsQuoted(lines[i])) continue;
    if (IsSeparator(lines[i])) return i;
    const bool is_block = IsQuotedHeader(lines[i]) && IsHeaderBlock(lines, i);
    if (is_block) return i > 0 && IsRule(lines[i - 1]) ? i - 1 : i;
  }
  return lines.size();
}

// Takes the introduction above `begin` into the history, which may be broken over some lines.
std::size_t WithIntroduction(const Lines& lines, std::size_t begin) {
  std::size_t last = begin;
  while (last > 0 && IsEmpty(lines[last - 1])) --last;
  if (last == 0 || !EndsIntroduction(lines[last - 1])) return begin;
  std::size_t first = last - 1;
  std::size_t bytes = lines[first].size();
  while (first > 0 && last - first < kIntroductionLinesMax && !IsEmpty(lines[first - 1]) &&
         bytes + lines[first - 1].size() < kIntroductionBytesMax &&
         !StartsWithIgnoringCase(Trim(lines[first]), "On ") &&
         !StartsWithIgnoringCase(Trim(lines[first]), "Am ") &&
         !StartsWithIgnoringCase(Trim(lines[first]), "Le ")) {
    // Only what stands with it in one paragraph, and begins with a date or a name of its own.
    if (first - 1 > 0 && !IsEmpty(lines[first - 2])) break;
    --first;
    bytes += lines[first].size();
  }
  return first;
}

// Where nothing but quoted lines follows to the end.
std::size_t FindQuotedTail(const Lines& lines) {
  std::size_t begin = lines.size();
  bool has_quote = false;
  while (begin > 0 && (IsQuoted(lines[begin - 1]) || IsEmpty(lines[begin - 1]))) {
    --begin;
    has_quote = has_quote || IsQuoted(lines[begin]);
  }
  if (!has_quote) return lines.size();
  return WithIntroduction(lines, begin);
}

// Where the signature begins among the lines before `end`.
std::size_t FindSignature(const Lines& lines, std::size_t end) {
  while (end > 0 && IsEmpty(lines[end - 1])) --end;
  const std::size_t first = end > kSignatureLinesMax ? end - kSignatureLinesMax : 0;
  for (std::size_t i = first; i < end; ++i) {
    if (lines[i] == "-- " || lines[i] == "--") return i;
  }
  if (end == 0) return end;
  const std::string_view last = Bare(lines[end - 1]);
  const bool is_sent_from =
      last.size() < 120 && std::any_of(
                               kSentFrom.begin(), kSentFrom.end(),
                               [&](auto words) { return StartsWithIgnoringCase(last, words); });
  return is_sent_from ? end - 1 : end;
}

// The length of a prefix with its colon and the spaces behind, or 0.
template <std::size_t kCount>
std::size_t PrefixLength(std::string_view subject,
                         const std::array<std::string_view, kCount>& words) {
  for (const std::string_view word : words) {
    if (!StartsWithIgnoringCase(subject, word)) continue;
    std::size_t at = word.size();
    // "Re[2]:", "Re^2:", "RE (2):"
    while (at < subject.size() &&
           std::string_view("[](^) 0123456789").find(subject[at]) != std::string_view::npos) {
      ++at;
    }
    const std::string_view rest = subject.substr(at);
    if (!rest.starts_with(':') && !rest.starts_with("：")) continue;
    at += rest.starts_with(':') ? 1 : std::string_view("：").size();
    return at;
  }
  return 0;
}

}  // namespace

MailText SplitMailText(std::string_view text) {
  const Lines lines = SplitLines(text);
  const std::size_t history = std::min(FindAnnouncedHistory(lines), FindQuotedTail(lines));
  const std::size_t signature = FindSignature(lines, history);
  MailText parts{.fresh = JoinTrimmed(lines, 0, signature),
                 .signature = JoinTrimmed(lines, signature, history),
                 .history = JoinTrimmed(lines, history, lines.size())};
  return parts;
}

std::string_view WithoutReplyPrefixes(std::string_view subject) {
  subject = Trim(subject);
  while (const std::size_t length = PrefixLength(subject, kReplyPrefixes)) {
    subject = Trim(subject.substr(length));
  }
  return subject;
}

bool IsForwardSubject(std::string_view subject) {
  return PrefixLength(Trim(subject), kForwardPrefixes) > 0;
}

}  // namespace usher::email
