// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "router/engine/live_contact.h"

namespace usher::engine {

// The open contacts: slots that are reused, and an open-addressing index from id to slot (8 bytes
// an entry, at most half full), which knows the low half of each id, so that a search hardly ever
// looks at a contact that it does not find. Addresses are stable while a contact is open. Walking
// it is in slot order, which is never shown: whoever lists contacts sorts by id.
class ContactTable {
 public:
  LiveContact& Create(ContactId id);
  void Remove(ContactSlot slot);

  LiveContact* Find(ContactId id);
  const LiveContact* Find(ContactId id) const;
  ContactSlot SlotOf(ContactId id) const;  // kNoIndex on a miss

  LiveContact& operator[](ContactSlot slot) { return pages_[slot / kPage][slot % kPage]; }
  const LiveContact& operator[](ContactSlot slot) const {
    return pages_[slot / kPage][slot % kPage];
  }
  std::size_t size() const { return size_; }

  template <class Visit>
  void ForEach(Visit&& visit) const {
    for (ContactSlot slot = 0; slot < slots_; ++slot) {
      if ((*this)[slot].id) visit(slot, (*this)[slot]);
    }
  }

 private:
  static constexpr ContactSlot kPage = 256;
  struct Entry {
    std::uint32_t id_low = 0;
    ContactSlot slot = kNoIndex;  // kNoIndex: empty
  };

  std::size_t HomeOf(ContactId id) const;
  void Grow();
  void Index(ContactId id, ContactSlot slot);

  std::vector<std::unique_ptr<LiveContact[]>> pages_;
  ContactSlot slots_ = 0;  // that were ever used
  std::vector<ContactSlot> free_;
  std::vector<Entry> index_;  // a power of two long
  std::size_t size_ = 0;
};

}  // namespace usher::engine
