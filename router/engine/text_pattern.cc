// SPDX-License-Identifier: Apache-2.0
#include "router/engine/text_pattern.h"

#include <algorithm>

namespace usher::engine {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsSame(char a, char b) { return Lower(a) == Lower(b); }

}  // namespace

bool ContainsText(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(), IsSame) != text.end() ||
         part.empty();
}

// Goes back to the last star only: what an earlier one took can stay as it is.
bool FitsPattern(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t of = 0;
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;
  while (at < text.size()) {
    if (of < pattern.size() && pattern[of] == '*') {
      star = of++;
      after_star = at;
    } else if (of < pattern.size() && IsSame(pattern[of], text[at])) {
      ++of;
      ++at;
    } else if (star != std::string_view::npos) {
      of = star + 1;
      at = ++after_star;
    } else {
      return false;
    }
  }
  while (of < pattern.size() && pattern[of] == '*') ++of;
  return of == pattern.size();
}

}  // namespace usher::engine
