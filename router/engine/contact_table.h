// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "router/engine/live_contact.h"

namespace usher::engine {

// The open contacts: slots that are reused, and an open-addressing index from id to slot (8 bytes
// an entry, at most half full). Addresses are stable while a contact is open. Walking it is in slot
// order, which is never shown: whoever lists contacts sorts by id.
class ContactTable {
 public:
  LiveContact& Create(ContactId id);
  void Remove(ContactSlot slot);

  LiveContact* Find(ContactId id);
  const LiveContact* Find(ContactId id) const;
  ContactSlot SlotOf(ContactId id) const;  // kNoIndex on a miss

  LiveContact& operator[](ContactSlot slot) { return slots_[slot]; }
  const LiveContact& operator[](ContactSlot slot) const { return slots_[slot]; }
  std::size_t size() const { return size_; }

  template <class Visit>
  void ForEach(Visit&& visit) const {
    for (ContactSlot slot = 0; slot < slots_.size(); ++slot) {
      if (slots_[slot].id) visit(slot, slots_[slot]);
    }
  }

 private:
  std::size_t HomeOf(ContactId id) const;
  void Grow();
  void Index(ContactSlot slot);

  std::deque<LiveContact> slots_;
  std::vector<ContactSlot> free_;
  std::vector<ContactSlot> index_;  // a power of two long; kNoIndex: empty
  std::size_t size_ = 0;
};

}  // namespace usher::engine
