// SPDX-License-Identifier: Apache-2.0
#include "router/service/context_call.h"

#include <algorithm>

namespace usher::service {

Error TooLong(const char* field, std::size_t bytes, std::size_t bytes_max) {
  return {Code::kInvalidArgument, "TOO_LONG",
          std::string(field) + " has " + std::to_string(bytes) + " bytes",
          "send at most " + std::to_string(bytes_max)};
}

Result<CustomerId> ParseCustomerId(const std::string& text) {
  const bool sound =
      !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
      });
  if (sound) return CustomerId{text};
  return Error{Code::kInvalidArgument, text.empty() ? "MISSING_CUSTOMER_ID" : "BAD_CUSTOMER_ID",
               "customer_id is not one of ours", "resolve the customer's address first"};
}

Result<DomainNode*> LedDomain(const ContextNode& node, const io::CallContext& call) {
  if (call.claims.domain) return node.find_led(call.claims.domain);
  return Error{Code::kInvalidArgument, "MISSING_DOMAIN", "the token names no domain",
               "use a token of the domain"};
}

WordCheck WordsOf(ContextNode& node, DomainNode& led) {
  return [&node, &led](std::string_view what, std::string_view text) {
    return node.refused_words.Check(led.runtime.domain(), led.runtime.engine().domain().customers,
                                    what, text);
  };
}

context::Change ChangeOf(const io::CallContext& call, Instant now) {
  return {call.acting_subject(), std::string(io::ToText(call.acting_role())), now};
}

}  // namespace usher::service
