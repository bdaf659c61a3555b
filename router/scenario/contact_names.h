// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "base/id.h"

namespace usher::scenario {

// The names by which a scenario knows its contacts. A second name of one contact (a repeated
// external id) is an alias; a name whose contact was refused may be given to a new one.
class ContactNames {
 public:
  // What a name stands for that was never given to a contact: an id that the engine never gives.
  static constexpr ContactId kNobody{UINT64_MAX};

  void Give(const std::string& name, ContactId contact);
  ContactId Find(const std::string& name) const;  // kNobody on a miss
  // The first name that the contact was given; `contact 7` where it has none.
  std::string NameOf(ContactId contact) const;
  // The name that events show: the first one of its contact. Unknown names stay themselves.
  std::string FirstNameOf(const std::string& name) const;
  // The text with the engine's numbers replaced: "contact 7 is closed" is "contact c7 is closed".
  std::string InNames(const std::string& text) const;

 private:
  std::map<std::string, ContactId> by_name_;
  std::map<ContactId, std::string> first_names_;
};

}  // namespace usher::scenario
