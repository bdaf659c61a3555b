// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/contact_names.h"

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

}  // namespace usher::scenario
