// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Letters of all scripts by ICU: case, compatibility forms, accents, and how they are written in
// Latin letters. Any thread.
namespace usher::context {

enum class Script : std::uint8_t {
  kLatin,        // also digits
  kIdeographic,  // Chinese, Japanese, Korean: written without blanks
  kOther,
};

struct FoldedWord {
  std::string text;  // of kLatin without accents
  Script script = Script::kLatin;
};

// ICU reads its tables when they are first used, which takes a good part of a second: this does it
// before anybody waits.
void PrepareFolding();

// NFKC with the case folded; control characters gone, blanks made one and trimmed. Bytes that are
// no UTF-8 become U+FFFD.
std::string FoldCase(std::string_view text);

// The words of a text, folded. Apostrophes are nothing ("O'Brien" is "obrien"); all else that is
// neither letter nor digit parts words, as does a change to or from ideographs.
std::vector<FoldedWord> FoldWords(std::string_view text);

// A folded word in Latin letters, ASCII where that is possible, without blanks.
std::string ToLatin(const FoldedWord& word);

// The letters of a folded word, each as UTF-8.
std::vector<std::string_view> LettersOf(std::string_view word);

// The longest beginning of at most `bytes_max` bytes that ends with a whole letter.
std::string_view CutAtLetter(std::string_view text, std::size_t bytes_max);

}  // namespace usher::context
