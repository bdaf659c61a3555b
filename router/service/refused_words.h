// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/context/word_list.h"
#include "router/engine/customer_policy.h"

namespace usher::service {

// What the domains refuse in names, notes and other words of people about customers
// (`customers.refused_words`), made once for each version of a list.
class RefusedWords {
 public:
  // INVALID_ARGUMENT/WORD_REFUSED names the word. `what` is what the text is, such as "name".
  Result<void> Check(const DomainId& domain, const engine::CustomerPolicy& policy,
                     std::string_view what, std::string_view text);

 private:
  struct List {
    std::vector<std::string> declared;
    context::WordList words;
  };
  std::map<DomainId, List> lists_;  // one for each domain that is led here
};

}  // namespace usher::service
