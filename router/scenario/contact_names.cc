// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/contact_names.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace usher::scenario {

void ContactNames::Give(const std::string& name, ContactId contact) {
  by_name_[name] = contact;
  first_names_.emplace(contact, name);
}

ContactId ContactNames::Find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? kNobody : found->second;
}

std::string ContactNames::NameOf(ContactId contact) const {
  const auto found = first_names_.find(contact);
  return found == first_names_.end() ? "contact " + std::to_string(contact.value()) : found->second;
}

std::string ContactNames::FirstNameOf(const std::string& name) const {
  const ContactId contact = Find(name);
  return contact == kNobody ? name : NameOf(contact);
}

std::string ContactNames::InNames(const std::string& text) const {
  constexpr std::string_view kBefore = "contact ";
  const std::size_t start = text.find(kBefore);
  if (start == std::string::npos) return text;
  const std::size_t number = start + kBefore.size();
  const std::size_t end = std::min(text.find_first_not_of("0123456789", number), text.size());
  std::uint64_t id = 0;
  if (std::from_chars(text.data() + number, text.data() + end, id).ec != std::errc{}) return text;
  const auto found = first_names_.find(ContactId{id});
  if (found == first_names_.end()) return text;
  return text.substr(0, number) + found->second + text.substr(end);
}

}  // namespace usher::scenario
