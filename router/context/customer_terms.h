// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "usher/context/v1/customer.pb.h"

// By what words a customer is found. Pure: text in, terms out. Any thread.
//
// A term is folded text of at most kTermBytesMax bytes without control characters, and a query fits
// a term that it is the start of. Names fold by NFKC and case; Latin letters lose their accents
// ("Müller" is found by "muller"), other scripts are found as written and in Latin letters
// ("王小明" by "王", "小明", "wang", "xiaoming"). Each word of a name may come first: "Ann Lee" has
// the terms "ann lee" and "lee ann". Names in Chinese, Japanese and Korean letters have no blanks,
// so each end of them is a term.
namespace usher::context {

inline constexpr std::size_t kTermBytesMax = 64;
inline constexpr std::size_t kTermsMax = 256;  // of one customer; further ones are not found by

struct Term {
  std::string text;
  std::string what;  // "name", "phone", "email", another kind of address, "fields.<id>"

  friend bool operator==(const Term&, const Term&) = default;
};

// What the record itself is found by. `fields` are the ids of the declared fields that may be
// searched. Addresses of kind "chat" name a visitor's browser, nobody types them: no terms.
std::vector<Term> TermsOf(const v1::Customer& customer, const std::vector<std::string>& fields);

// Folded as a whole: order numbers, e-mail addresses, values of fields. Empty where nothing is
// left.
std::string FoldedText(std::string_view text);

// The words of a name in one order and one script, whatever its accents and case: equal for names
// that people would call the same.
std::string FoldedName(std::string_view name);

struct Query {
  // A customer fits whose term begins with one of these.
  std::vector<std::string> starts;
  // Or one in whom each of these begins a term. None: the starts say all.
  std::vector<std::string> words;
};

// `calling_code` is that of the country whose national phone numbers are understood, such as "49";
// empty: none. A query that reads as a phone number is one and an order number, never a name.
Query ToQuery(std::string_view text, std::string_view calling_code);

// The forms under which a phone number may be stored, digits only, the international one first.
std::vector<std::string> PhoneForms(std::string_view number, std::string_view calling_code);

struct Fit {
  bool exact = false;                // whole words, not only their start
  std::vector<std::string> matched;  // `what` of the terms that fit, each once
};

std::optional<Fit> FitOf(const Query& query, const std::vector<Term>& terms);

// True when `term` is `start`, or goes on after it with another word.
bool IsWhole(std::string_view term, std::string_view start);

}  // namespace usher::context
