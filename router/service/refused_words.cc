// SPDX-License-Identifier: Apache-2.0
#include "router/service/refused_words.h"

namespace usher::service {

Result<void> RefusedWords::Check(const DomainId& domain, const engine::CustomerPolicy& policy,
                                 std::string_view what, std::string_view text) {
  if (policy.refused_words.empty() || text.empty()) return {};
  List& list = lists_[domain];
  if (list.declared != policy.refused_words) {
    list = {policy.refused_words, context::WordList(policy.refused_words)};
  }
  const std::optional<std::string> word = list.words.Find(text);
  if (!word) return {};
  return Error{Code::kInvalidArgument, "WORD_REFUSED",
               std::string(what) + " has the word \"" + *word + "\", which this domain refuses",
               "say it without that word"};
}

}  // namespace usher::service
