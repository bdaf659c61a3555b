// SPDX-License-Identifier: Apache-2.0
#include "router/context/folding.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <unordered_map>

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include "base/check.h"

namespace usher::context {

namespace {

// What was written in Latin letters before: ideographs come again and again, and ICU takes
// microseconds for each. Emptied when it is full.
constexpr std::size_t kLatinKeptMax = 65'536;

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string ToUtf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

// Transliterators are not said to be safe for several threads, so one thread uses them at a time.
class Transliteration {
 public:
  static Transliteration& Instance() {
    static Transliteration instance;
    return instance;
  }

  std::string ToLatin(const std::string& word) {
    const std::lock_guard lock(mutex_);
    if (const auto known = kept_.find(word); known != kept_.end()) return known->second;
    icu::UnicodeString text = icu::UnicodeString::fromUTF8(word);
    to_latin_->transliterate(text);
    if (kept_.size() >= kLatinKeptMax) kept_.clear();
    return kept_[word] = ToUtf8(text);
  }

 private:
  Transliteration() {
    UErrorCode status = U_ZERO_ERROR;
    to_latin_.reset(icu::Transliterator::createInstance("Any-Latin; Latin-ASCII; Lower",
                                                        UTRANS_FORWARD, status));
    USHER_CHECK(U_SUCCESS(status) && to_latin_ != nullptr, "ICU's data has its transliterations");
  }

  std::mutex mutex_;
  std::unique_ptr<icu::Transliterator> to_latin_;
  std::unordered_map<std::string, std::string> kept_;
};

icu::UnicodeString Folded(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* fold = icu::Normalizer2::getNFKCCasefoldInstance(status);
  USHER_CHECK(U_SUCCESS(status), "ICU's data has its normalisations");
  icu::UnicodeString out =
      fold->normalize(icu::UnicodeString::fromUTF8(
                          icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size()))),
                      status);
  USHER_CHECK(U_SUCCESS(status), "any text has a normal form");
  return out;
}

bool IsWordLetter(UChar32 c) { return u_isalnum(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0; }

bool IsApostrophe(UChar32 c) { return c == '\'' || c == 0x2019 || c == 0x02BC; }

Script ScriptOf(UChar32 c) {
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(c, &status)) {
    case USCRIPT_LATIN:
    case USCRIPT_COMMON:
    case USCRIPT_INHERITED:
      return Script::kLatin;
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_HANGUL:
      return Script::kIdeographic;
    default:
      return Script::kOther;
  }
}

// Without what a transliteration puts between and behind letters.
std::string WordLettersOf(const std::string& text) {
  const icu::UnicodeString all = icu::UnicodeString::fromUTF8(text);
  icu::UnicodeString kept;
  for (std::int32_t i = 0; i < all.length(); i = all.moveIndex32(i, 1)) {
    if (IsWordLetter(all.char32At(i))) kept.append(all.char32At(i));
  }
  return ToUtf8(kept);
}

std::vector<FoldedWord> AsciiWords(std::string_view text) {
  std::vector<FoldedWord> words;
  std::string word;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') {
      word += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      word += c;
    } else if (c != '\'' && !word.empty()) {
      words.push_back({std::move(word), Script::kLatin});
      word.clear();
    }
  }
  if (!word.empty()) words.push_back({std::move(word), Script::kLatin});
  return words;
}

class WordCutter {
 public:
  void Take(UChar32 c) {
    if (IsApostrophe(c)) return;
    if (!IsWordLetter(c)) return End();
    const Script script = ScriptOf(c);
    // Marks and digits belong to whatever they stand in.
    const bool is_neutral = script == Script::kLatin && !u_isalpha(c);
    const bool parts = !is_neutral && !word_.isEmpty() && script != script_ &&
                       (script == Script::kIdeographic || script_ == Script::kIdeographic);
    if (parts) End();
    if (!is_neutral && script != Script::kLatin) script_ = script;
    word_.append(c);
  }

  void End() {
    if (!word_.isEmpty()) {
      FoldedWord word{ToUtf8(word_), script_};
      if (script_ == Script::kLatin && !IsAscii(word.text)) {
        word.text = WordLettersOf(Transliteration::Instance().ToLatin(word.text));
      }
      if (!word.text.empty()) words_.push_back(std::move(word));
    }
    word_.remove();
    script_ = Script::kLatin;
  }

  std::vector<FoldedWord> TakeWords() {
    End();
    return std::move(words_);
  }

 private:
  icu::UnicodeString word_;
  Script script_ = Script::kLatin;
  std::vector<FoldedWord> words_;
};

}  // namespace

void PrepareFolding() {
  for (const char* letter :
       {"\xE7\x8E\x8B", "\xEA\xB9\x80", "\xE3\x81\x9F", "\xD0\xB8", "\xC3\xBC"}) {
    for (const FoldedWord& word : FoldWords(letter)) ToLatin(word);  // 王, 김, た, и, ü
  }
}

std::string FoldCase(std::string_view text) {
  const std::string folded = ToUtf8(Folded(text));
  std::string out;
  for (const char c : folded) {
    if (static_cast<unsigned char>(c) > 0x20 && c != 0x7f) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::vector<FoldedWord> FoldWords(std::string_view text) {
  if (IsAscii(text)) return AsciiWords(text);
  const icu::UnicodeString folded = Folded(text);
  WordCutter cutter;
  for (std::int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    cutter.Take(folded.char32At(i));
  }
  return cutter.TakeWords();
}

std::string ToLatin(const FoldedWord& word) {
  if (word.script == Script::kLatin) return word.text;
  Transliteration& transliteration = Transliteration::Instance();
  if (word.script == Script::kOther) return WordLettersOf(transliteration.ToLatin(word.text));
  // Letter by letter: few are many people's, while whole names are all different.
  std::string latin;
  for (const std::string_view letter : LettersOf(word.text)) {
    latin += WordLettersOf(transliteration.ToLatin(std::string(letter)));
  }
  return latin;
}

std::vector<std::string_view> LettersOf(std::string_view word) {
  std::vector<std::string_view> letters;
  while (!word.empty()) {
    std::size_t bytes = 1;
    while (bytes < word.size() && (static_cast<unsigned char>(word[bytes]) & 0xC0) == 0x80) ++bytes;
    letters.push_back(word.substr(0, bytes));
    word.remove_prefix(bytes);
  }
  return letters;
}

std::string_view CutAtLetter(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace usher::context
