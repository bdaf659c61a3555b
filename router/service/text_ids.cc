// SPDX-License-Identifier: Apache-2.0
#include "router/service/text_ids.h"

#include <charconv>
#include <cstdint>
#include <optional>

namespace usher::service {

namespace {

std::optional<std::uint64_t> NumberAfter(char letter, std::string_view text) {
  if (text.size() < 2 || text.front() != letter || text[1] == '0') return std::nullopt;
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::string Quoted(std::string_view text) { return '"' + std::string(text.substr(0, 64)) + '"'; }

}  // namespace

std::string ToText(ContactId contact) {
  return contact ? "c" + std::to_string(contact.value()) : std::string();
}

std::string ToText(OfferId offer) {
  return offer ? "o" + std::to_string(offer.value()) : std::string();
}

Result<ContactId> ParseContactId(std::string_view text) {
  if (text.empty()) {
    return Error{Code::kInvalidArgument, "MISSING_CONTACT_ID", "contact_id is empty",
                 "give the id that SubmitContact answered with, such as c42"};
  }
  const auto number = NumberAfter('c', text);
  if (!number) {
    return Error{Code::kInvalidArgument, "BAD_CONTACT_ID", Quoted(text) + " is no contact id",
                 "contact ids are the letter c and a number, such as c42"};
  }
  return ContactId{*number};
}

Result<OfferId> ParseOfferId(std::string_view text) {
  if (text.empty()) return OfferId{};
  const auto number = NumberAfter('o', text);
  if (!number) {
    return Error{Code::kInvalidArgument, "BAD_OFFER_ID", Quoted(text) + " is no offer id",
                 "offer ids are the letter o and a number, such as o7; leave it empty for the "
                 "offer that stands"};
  }
  return OfferId{*number};
}

}  // namespace usher::service
