// SPDX-License-Identifier: Apache-2.0
#include "router/engine/contact_table.h"

#include "base/check.h"

namespace usher::engine {

LiveContact& ContactTable::Create(ContactId id) {
  USHER_CHECK(SlotOf(id) == kNoIndex, "a contact is created once");
  if ((size_ + 1) * 2 > index_.size()) Grow();
  ContactSlot slot = 0;
  if (free_.empty()) {
    if (slots_ % kPage == 0) pages_.push_back(std::make_unique<LiveContact[]>(kPage));
    slot = slots_++;
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  (*this)[slot].id = id;
  Index(id, slot);
  ++size_;
  return (*this)[slot];
}

void ContactTable::Remove(ContactSlot slot) {
  const std::size_t mask = index_.size() - 1;
  std::size_t hole = HomeOf((*this)[slot].id);
  while (index_[hole].slot != slot) hole = (hole + 1) & mask;
  // Close the gap: whatever follows and would not be found past a hole moves into it.
  for (std::size_t next = (hole + 1) & mask; index_[next].slot != kNoIndex;
       next = (next + 1) & mask) {
    const std::size_t home = HomeOf(ContactId{index_[next].id_low});
    if (((next - home) & mask) >= ((next - hole) & mask)) {
      index_[hole] = index_[next];
      hole = next;
    }
  }
  index_[hole] = Entry{};
  (*this)[slot] = LiveContact{};
  free_.push_back(slot);
  --size_;
}

LiveContact* ContactTable::Find(ContactId id) {
  const ContactSlot slot = SlotOf(id);
  return slot == kNoIndex ? nullptr : &(*this)[slot];
}

const LiveContact* ContactTable::Find(ContactId id) const {
  const ContactSlot slot = SlotOf(id);
  return slot == kNoIndex ? nullptr : &(*this)[slot];
}

ContactSlot ContactTable::SlotOf(ContactId id) const {
  if (index_.empty() || !id) return kNoIndex;
  const std::size_t mask = index_.size() - 1;
  const auto id_low = static_cast<std::uint32_t>(id.value());
  for (std::size_t at = HomeOf(id); index_[at].slot != kNoIndex; at = (at + 1) & mask) {
    const Entry& entry = index_[at];
    if (entry.id_low == id_low && (*this)[entry.slot].id == id) return entry.slot;
  }
  return kNoIndex;
}

std::size_t ContactTable::HomeOf(ContactId id) const {
  // Fibonacci hashing of the half that entries know: ids rise by one, and neighbours must not
  // crowd.
  return static_cast<std::size_t>(((id.value() & 0xFFFFFFFFull) * 0x9E3779B97F4A7C15ull) >> 32) &
         (index_.size() - 1);
}

void ContactTable::Grow() {
  index_.assign(index_.empty() ? 64 : index_.size() * 2, Entry{});
  ForEach([&](ContactSlot slot, const LiveContact& contact) { Index(contact.id, slot); });
}

void ContactTable::Index(ContactId id, ContactSlot slot) {
  const std::size_t mask = index_.size() - 1;
  std::size_t at = HomeOf(id);
  while (index_[at].slot != kNoIndex) at = (at + 1) & mask;
  index_[at] = {static_cast<std::uint32_t>(id.value()), slot};
}

}  // namespace usher::engine
