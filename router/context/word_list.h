// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace usher::context {

// Words that a domain refuses in what its people write about customers. Whatever the case, and full
// or half width, of their letters they are the same word. A word of a script that sets spaces is
// met as a whole word alone ("ass" is not in "class"); one with a letter of a script that sets none
// (Chinese, Japanese, Thai…) or with no letter at all wherever it occurs. A phrase is its words one
// after the other, whatever stands between them.
//
//   WordList words({"fool", "骗子"});
//   words.Find("You FOOL!")  // "fool"
//
// Looking takes about as long as folding the text does, however many words there are.
class WordList {
 public:
  WordList() = default;
  explicit WordList(const std::vector<std::string>& words);

  // The first word, as it was declared, that the text has. Text that is not UTF-8 is read as far as
  // it is.
  std::optional<std::string> Find(std::string_view text) const;

  bool empty() const { return phrases_.empty() && anywhere_.empty(); }

 private:
  struct Phrase {
    std::vector<std::string> words;  // folded
    std::string declared;
  };
  struct Anywhere {
    std::u32string text;  // folded
    std::string declared;
  };
  std::unordered_map<std::string, std::vector<Phrase>> phrases_;  // by the first word
  std::unordered_map<char32_t, std::vector<Anywhere>> anywhere_;  // by the first letter
};

}  // namespace usher::context
