// SPDX-License-Identifier: Apache-2.0
#include "router/context/word_list.h"

#include <algorithm>
#include <cstdint>

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include "base/check.h"

namespace usher::context {

namespace {

// Without differences of case and width, and without letters that nobody sees.
std::u32string Folded(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* fold = icu::Normalizer2::getNFKCCasefoldInstance(status);
  USHER_CHECK(U_SUCCESS(status), "ICU's data has its normalisations");
  const icu::UnicodeString folded =
      fold->normalize(icu::UnicodeString::fromUTF8(
                          icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size()))),
                      status);
  USHER_CHECK(U_SUCCESS(status), "any text has a normal form");
  std::u32string out;
  for (std::int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    out += static_cast<char32_t>(folded.char32At(i));
  }
  return out;
}

UChar32 ToIcu(char32_t c) { return static_cast<UChar32>(c); }

bool IsLetter(char32_t c) {
  return u_isalnum(ToIcu(c)) || (U_GET_GC_MASK(ToIcu(c)) & U_GC_M_MASK) != 0;
}

// Scripts whose words stand without spaces between them, or with endings grown on to them.
bool IsUnspaced(char32_t c) {
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(ToIcu(c), &status)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_HANGUL:
    case USCRIPT_BOPOMOFO:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
    case USCRIPT_TIBETAN:
      return true;
    default:
      return false;
  }
}

std::vector<std::string> WordsOf(const std::u32string& folded) {
  std::vector<std::string> words;
  icu::UnicodeString word;
  const auto finish = [&] {
    if (word.isEmpty()) return;
    word.toUTF8String(words.emplace_back());
    word.remove();
  };
  for (const char32_t c : folded) {
    if (IsLetter(c)) {
      word.append(ToIcu(c));
    } else {
      finish();
    }
  }
  finish();
  return words;
}

}  // namespace

WordList::WordList(const std::vector<std::string>& words) {
  for (const std::string& declared : words) {
    const std::u32string folded = Folded(declared);
    if (folded.empty()) continue;
    std::vector<std::string> parts = WordsOf(folded);
    if (parts.empty() || std::any_of(folded.begin(), folded.end(), IsUnspaced)) {
      anywhere_[folded.front()].push_back({folded, declared});
    } else {
      const std::string first = parts.front();
      phrases_[first].push_back({std::move(parts), declared});
    }
  }
}

std::optional<std::string> WordList::Find(std::string_view text) const {
  if (empty()) return std::nullopt;
  const std::u32string folded = Folded(text);
  for (std::size_t i = 0; i < folded.size(); ++i) {
    const auto found = anywhere_.find(folded[i]);
    if (found == anywhere_.end()) continue;
    for (const Anywhere& one : found->second) {
      if (folded.compare(i, one.text.size(), one.text) == 0) return one.declared;
    }
  }
  const std::vector<std::string> words = WordsOf(folded);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto found = phrases_.find(words[i]);
    if (found == phrases_.end()) continue;
    for (const Phrase& phrase : found->second) {
      if (phrase.words.size() > words.size() - i) continue;
      if (std::equal(phrase.words.begin(), phrase.words.end(),
                     words.begin() + static_cast<std::ptrdiff_t>(i))) {
        return phrase.declared;
      }
    }
  }
  return std::nullopt;
}

}  // namespace usher::context
