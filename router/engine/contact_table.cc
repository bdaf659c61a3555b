// SPDX-License-Identifier: Apache-2.0
#include "router/engine/contact_table.h"

#include "base/check.h"

namespace usher::engine {

LiveContact& ContactTable::Create(ContactId id) {
  USHER_CHECK(SlotOf(id) == kNoIndex, "a contact is created once");
  if ((size_ + 1) * 2 > index_.size()) Grow();
  ContactSlot slot = 0;
  if (free_.empty()) {
    slot = static_cast<ContactSlot>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  slots_[slot].id = id;
  Index(slot);
  ++size_;
  return slots_[slot];
}

void ContactTable::Remove(ContactSlot slot) {
  const std::size_t mask = index_.size() - 1;
  std::size_t hole = HomeOf(slots_[slot].id);
  while (index_[hole] != slot) hole = (hole + 1) & mask;
  // Close the gap: whatever follows and would not be found past a hole moves into it.
  for (std::size_t next = (hole + 1) & mask; index_[next] != kNoIndex; next = (next + 1) & mask) {
    const std::size_t home = HomeOf(slots_[index_[next]].id);
    if (((next - home) & mask) >= ((next - hole) & mask)) {
      index_[hole] = index_[next];
      hole = next;
    }
  }
  index_[hole] = kNoIndex;
  slots_[slot] = LiveContact{};
  free_.push_back(slot);
  --size_;
}

LiveContact* ContactTable::Find(ContactId id) {
  const ContactSlot slot = SlotOf(id);
  return slot == kNoIndex ? nullptr : &slots_[slot];
}

const LiveContact* ContactTable::Find(ContactId id) const {
  const ContactSlot slot = SlotOf(id);
  return slot == kNoIndex ? nullptr : &slots_[slot];
}

ContactSlot ContactTable::SlotOf(ContactId id) const {
  if (index_.empty() || !id) return kNoIndex;
  const std::size_t mask = index_.size() - 1;
  for (std::size_t at = HomeOf(id); index_[at] != kNoIndex; at = (at + 1) & mask) {
    if (slots_[index_[at]].id == id) return index_[at];
  }
  return kNoIndex;
}

std::size_t ContactTable::HomeOf(ContactId id) const {
  // Fibonacci hashing: ids rise by one, and neighbours must not crowd.
  return static_cast<std::size_t>((id.value() * 0x9E3779B97F4A7C15ull) >> 32) & (index_.size() - 1);
}

void ContactTable::Grow() {
  index_.assign(index_.empty() ? 64 : index_.size() * 2, kNoIndex);
  for (ContactSlot slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot].id) Index(slot);
  }
}

void ContactTable::Index(ContactSlot slot) {
  const std::size_t mask = index_.size() - 1;
  std::size_t at = HomeOf(slots_[slot].id);
  while (index_[at] != kNoIndex) at = (at + 1) & mask;
  index_[at] = slot;
}

}  // namespace usher::engine
