// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace usher::engine {

// Finds things by name: an open-addressing index of their numbers, at most half full, 8 bytes an
// entry. The names stay with the things, which `name_at(number)` looks up, so that a search touches
// the index and the thing that it finds. Never walked.
class NameTable {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // Forgets everything and makes room for this many.
  void Reset(std::size_t count) {
    std::size_t size = 8;
    while (size < 2 * count) size *= 2;
    entries_.assign(size, Entry{});
  }

  // The name must not be known, and there must be room.
  void Add(const std::string& name, std::uint32_t number) {
    const std::uint32_t hash = HashOf(name);
    std::size_t at = hash & Mask();
    while (entries_[at].number != kNone) at = (at + 1) & Mask();
    entries_[at] = {hash, number};
  }

  template <class NameAt>
  std::uint32_t Find(const std::string& name, NameAt&& name_at) const {
    if (entries_.empty()) return kNone;
    const std::uint32_t hash = HashOf(name);
    for (std::size_t at = hash & Mask(); entries_[at].number != kNone; at = (at + 1) & Mask()) {
      const Entry& entry = entries_[at];
      if (entry.hash == hash && name_at(entry.number) == name) return entry.number;
    }
    return kNone;
  }

 private:
  struct Entry {
    std::uint32_t hash = 0;
    std::uint32_t number = kNone;
  };

  static std::uint32_t HashOf(const std::string& name) {
    return static_cast<std::uint32_t>(std::hash<std::string>{}(name));
  }
  std::size_t Mask() const { return entries_.size() - 1; }

  std::vector<Entry> entries_;  // a power of two long
};

}  // namespace usher::engine
