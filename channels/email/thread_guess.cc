// SPDX-License-Identifier: Apache-2.0
#include "channels/email/thread_guess.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "channels/email/ascii.h"
#include "channels/email/mail_text.h"

namespace usher::email {

namespace {

// A letter of another script than ASCII says more than one of ASCII does.
constexpr int kWeightMin = 8;
constexpr int kWordWeightMin = 3;

// What people write who write no subject, in the languages that mail programs speak.
constexpr std::array<std::string_view, 18> kGeneral = {
    "(no subject)",    "no subject", "kein betreff",  "(kein betreff)", "sans objet",
    "(sin asunto)",    "sin asunto", "(无主题)",      "无主题",         "your message",
    "your mail",       "your email", "ihre anfrage",  "ihre nachricht", "customer service",
    "contact request", "need help",  "quick question"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }
// The first byte of a character of UTF-8.
bool IsFirst(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

int WeightOf(std::string_view word) {
  int weight = 0;
  for (const char c : word) {
    if (IsFirst(c)) weight += IsAscii(c) ? 1 : 2;
  }
  return weight;
}

}  // namespace

std::string SubjectKey(std::string_view subject) {
  std::string_view rest = WithoutReplyPrefixes(subject);
  while (StartsWithIgnoringCase(rest, "auto:")) {
    rest = WithoutReplyPrefixes(Trim(rest.substr(std::string_view("auto:").size())));
  }
  std::string key;
  for (const char c : Trim(rest)) {
    const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (is_blank && !key.empty() && key.back() == ' ') continue;
    key += is_blank ? ' ' : ToLower(c);
  }
  return key;
}

bool IsTooGeneral(std::string_view key) {
  if (std::find(kGeneral.begin(), kGeneral.end(), key) != kGeneral.end()) return true;
  if (std::count_if(key.begin(), key.end(), IsDigit) >= 3) return false;
  int words = 0;
  int weight = 0;
  while (!key.empty()) {
    const std::size_t end = std::min(key.find(' '), key.size());
    const int word = WeightOf(key.substr(0, end));
    if (word >= kWordWeightMin) ++words;
    weight += word;
    key.remove_prefix(std::min(end + 1, key.size()));
  }
  // A script without blanks writes several words as one.
  return weight < kWeightMin || (words < 2 && weight < 2 * kWeightMin);
}

}  // namespace usher::email
