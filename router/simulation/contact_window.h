// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>

#include "base/check.h"
#include "base/id.h"

namespace usher::simulation {

// A record for each open contact, by number. Numbers are given in order, so the records lie side by
// side; those at the front are dropped once they are closed. O(1) but for that.
template <class Record>
class ContactWindow {
 public:
  // The contact's number is the next one.
  Record& Open(ContactId contact) {
    if (records_.empty()) first_ = contact.value();
    USHER_CHECK(contact.value() == first_ + records_.size(), "contact numbers have a gap");
    records_.push_back({});
    return records_.back().record;
  }
  bool Has(ContactId contact) const {
    return contact.value() >= first_ && contact.value() - first_ < records_.size() &&
           !records_[contact.value() - first_].closed;
  }
  Record& Get(ContactId contact) {
    USHER_CHECK(Has(contact), "a contact that is not open");
    return records_[contact.value() - first_].record;
  }
  void Close(ContactId contact) {
    USHER_CHECK(Has(contact), "a contact that is not open");
    records_[contact.value() - first_].closed = true;
    while (!records_.empty() && records_.front().closed) {
      records_.pop_front();
      ++first_;
    }
  }
  template <class Visitor>
  void ForEachOpen(Visitor&& visit) {
    for (auto& slot : records_) {
      if (!slot.closed) visit(slot.record);
    }
  }

 private:
  struct Slot {
    Record record{};
    bool closed = false;
  };
  std::deque<Slot> records_;
  std::uint64_t first_ = 1;
};

}  // namespace usher::simulation
