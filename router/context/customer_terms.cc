// SPDX-License-Identifier: Apache-2.0
#include "router/context/customer_terms.h"

#include <algorithm>
#include <set>

#include "router/context/folding.h"

namespace usher::context {

namespace {

constexpr std::size_t kWordsMax = 8;        // of a name or a query
constexpr std::size_t kIdeographsMax = 16;  // of a name; firms have long ones
constexpr std::size_t kPhoneDigitsMax = 20;

void Add(std::vector<Term>& terms, std::string_view text, const std::string& what) {
  const std::string_view cut = CutAtLetter(text, kTermBytesMax);
  if (cut.empty() || terms.size() >= kTermsMax) return;
  Term term{std::string(cut), what};
  if (std::find(terms.begin(), terms.end(), term) == terms.end()) terms.push_back(std::move(term));
}

std::string Joined(const std::vector<std::string>& words, std::size_t first, const char* between) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += between;
    out += words[(first + i) % words.size()];
  }
  return out;
}

// Each word first once, the others after it.
void AddTurned(std::vector<Term>& terms, const std::vector<std::string>& words) {
  for (std::size_t first = 0; first < words.size(); ++first) {
    Add(terms, Joined(words, first, " "), "name");
  }
}

void AddNameTerms(std::vector<Term>& terms, std::string_view name) {
  std::vector<std::string> written;
  std::vector<std::string> latin;
  std::string ideographs;
  for (const FoldedWord& word : FoldWords(name)) {
    if (word.script == Script::kIdeographic) {
      ideographs += word.text;
    } else if (written.size() < kWordsMax) {
      written.push_back(word.text);
      latin.push_back(ToLatin(word));
    }
  }
  AddTurned(terms, written);
  AddTurned(terms, latin);
  std::vector<std::string_view> letters = LettersOf(ideographs);
  if (letters.size() > kIdeographsMax) letters.resize(kIdeographsMax);
  std::string end;
  std::string latin_end;
  for (auto letter = letters.rbegin(); letter != letters.rend(); ++letter) {
    end.insert(0, *letter);
    latin_end.insert(0, ToLatin({std::string(*letter), Script::kIdeographic}));
    Add(terms, end, "name");
    Add(terms, latin_end, "name");
  }
}

std::string DigitsOf(std::string_view text) {
  std::string digits;
  for (const char c : text.substr(0, text.find(';'))) {  // an extension stands behind it
    if (c >= '0' && c <= '9' && digits.size() < kPhoneDigitsMax) digits += c;
  }
  return digits;
}

bool ReadsAsPhone(std::string_view text) {
  return text.find_first_not_of("0123456789 +-().\t/") == std::string_view::npos &&
         text.find_first_of("0123456789") != std::string_view::npos;
}

void AddStart(std::vector<std::string>& starts, std::string_view start) {
  const std::string cut(CutAtLetter(start, kTermBytesMax));
  if (cut.empty() || std::find(starts.begin(), starts.end(), cut) != starts.end()) return;
  starts.push_back(cut);
}

void Note(Fit& fit, const Term& term) {
  if (std::find(fit.matched.begin(), fit.matched.end(), term.what) == fit.matched.end()) {
    fit.matched.push_back(term.what);
  }
}

std::optional<Fit> FitOfStarts(const Query& query, const std::vector<Term>& terms) {
  Fit fit;
  for (const Term& term : terms) {
    for (const std::string& start : query.starts) {
      if (!term.text.starts_with(start)) continue;
      Note(fit, term);
      fit.exact |= IsWhole(term.text, start);
    }
  }
  return fit.matched.empty() ? std::nullopt : std::optional(std::move(fit));
}

std::optional<Fit> FitOfWords(const Query& query, const std::vector<Term>& terms) {
  if (query.words.empty()) return std::nullopt;
  Fit fit{true, {}};
  for (const std::string& word : query.words) {
    const Term* first = nullptr;
    bool whole = false;
    for (const Term& term : terms) {
      if (!term.text.starts_with(word)) continue;
      if (first == nullptr) first = &term;
      whole |= IsWhole(term.text, word);
    }
    if (first == nullptr) return std::nullopt;
    Note(fit, *first);
    fit.exact &= whole;
  }
  return fit;
}

}  // namespace

std::vector<Term> TermsOf(const v1::Customer& customer, const std::vector<std::string>& fields) {
  std::vector<Term> terms;
  for (const v1::Identity& identity : customer.identities()) {
    if (identity.kind() == "chat") continue;
    Add(terms,
        identity.kind() == "phone" ? DigitsOf(identity.value()) : FoldedText(identity.value()),
        identity.kind());
  }
  for (const std::string& field : fields) {
    const auto found = customer.fields().find(field);
    if (found != customer.fields().end()) {
      Add(terms, FoldedText(found->second), "fields." + field);
    }
  }
  AddNameTerms(terms, customer.name());
  return terms;
}

std::string FoldedText(std::string_view text) {
  return std::string(CutAtLetter(FoldCase(text), kTermBytesMax));
}

std::string FoldedName(std::string_view name) {
  std::multiset<std::string> words;
  for (const FoldedWord& word : FoldWords(name)) words.insert(word.text);
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::vector<std::string> PhoneForms(std::string_view number, std::string_view calling_code) {
  std::vector<std::string> forms;
  const std::string digits = DigitsOf(number);
  const std::string code(calling_code);
  const bool is_international = number.find('+') != std::string_view::npos;
  if (!is_international && digits.starts_with("00")) AddStart(forms, digits.substr(2));
  if (!is_international && !code.empty() && !digits.starts_with("00")) {
    if (digits.starts_with("0")) AddStart(forms, code + digits.substr(1));
    // Where the zero belongs to the number, as in Italy, or there is none, as in China.
    AddStart(forms, code + digits);
  }
  AddStart(forms, digits);
  return forms;
}

Query ToQuery(std::string_view text, std::string_view calling_code) {
  Query query;
  if (ReadsAsPhone(text)) {
    query.starts = PhoneForms(text, calling_code);
    AddStart(query.starts, FoldedText(text));
    return query;
  }
  std::vector<std::string> words;
  for (FoldedWord& word : FoldWords(text)) {
    if (words.size() < kWordsMax) words.push_back(std::move(word.text));
  }
  if (!words.empty()) {
    AddStart(query.starts, Joined(words, 0, " "));
    AddStart(query.starts, Joined(words, 0, ""));
  }
  if (words.size() == 2) {
    AddStart(query.starts, Joined(words, 1, " "));
    AddStart(query.starts, Joined(words, 1, ""));
  }
  AddStart(query.starts, FoldedText(text));
  if (words.size() > 1) query.words = std::move(words);
  return query;
}

bool IsWhole(std::string_view term, std::string_view start) {
  return term.starts_with(start) && (term.size() == start.size() || term[start.size()] == ' ');
}

std::optional<Fit> FitOf(const Query& query, const std::vector<Term>& terms) {
  if (std::optional<Fit> fit = FitOfStarts(query, terms)) return fit;
  return FitOfWords(query, terms);
}

}  // namespace usher::context
