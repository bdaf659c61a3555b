// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"

namespace usher::engine {

// An ordered set of small plain values, kept as sorted runs of at most kChunkMax: a flat B+tree of
// two levels. It costs close to sizeof(T) for each value, where a tree of nodes costs twice that
// and a cache miss for each step, and it knows the rank of a value.
//
// Insert and Erase move at most one run (3 kB for 24-byte values); finding is two binary searches.
// RankOf adds up the sizes of the runs before: fine up to the millions that a domain may hold.
template <class T>
class SortedChunks {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const T& front() const { return chunks_.front().front(); }

  // The value must not be in the set.
  void Insert(const T& value) {
    ++size_;
    if (chunks_.empty()) {
      chunks_.emplace_back().push_back(value);
      return;
    }
    std::size_t at = ChunkFor(value);
    if (chunks_[at].size() >= kChunkMax) {
      at = chunks_[at].back() < value ? RunAfter(at) : HalfOf(at, value);
    }
    Chunk& chunk = chunks_[at];
    const auto place = std::lower_bound(chunk.begin(), chunk.end(), value);
    USHER_CHECK(place == chunk.end() || value < *place, "inserted twice");
    chunk.insert(place, value);
  }

  // The value must be in the set.
  void Erase(const T& value) {
    USHER_CHECK(!chunks_.empty(), "erased from an empty set");
    const std::size_t at = ChunkFor(value);
    Chunk& chunk = chunks_[at];
    const auto place = std::lower_bound(chunk.begin(), chunk.end(), value);
    USHER_CHECK(place != chunk.end() && !(value < *place), "erased what is not there");
    chunk.erase(place);
    --size_;
    if (chunk.empty()) {
      chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(at));
    } else if (chunk.size() < kChunkMax / 4) {
      MergeWithNext(at);
    }
  }

  bool Contains(const T& value) const {
    const T* found = LowerBound(value);
    return found != nullptr && !(value < *found);
  }

  // The first value that is not less; null past the end. Valid until the next change.
  const T* LowerBound(const T& value) const {
    if (chunks_.empty()) return nullptr;
    const std::size_t at = ChunkFor(value);
    const Chunk& chunk = chunks_[at];
    const auto place = std::lower_bound(chunk.begin(), chunk.end(), value);
    return place != chunk.end() ? &*place : FirstOf(at + 1);
  }

  // The first value that is greater; null past the end. Valid until the next change.
  const T* UpperBound(const T& value) const {
    if (chunks_.empty()) return nullptr;
    const std::size_t at = ChunkFor(value);
    const Chunk& chunk = chunks_[at];
    const auto place = std::upper_bound(chunk.begin(), chunk.end(), value);
    return place != chunk.end() ? &*place : FirstOf(at + 1);
  }

  // How many values are less.
  std::size_t RankOf(const T& value) const {
    if (chunks_.empty()) return 0;
    const std::size_t at = ChunkFor(value);
    std::size_t rank = 0;
    for (std::size_t i = 0; i < at; ++i) rank += chunks_[i].size();
    const Chunk& chunk = chunks_[at];
    return rank + static_cast<std::size_t>(std::lower_bound(chunk.begin(), chunk.end(), value) -
                                           chunk.begin());
  }

  // In order; `visit(value)` returns false to stop and must not change the set.
  template <class Visit>
  void ForEach(Visit&& visit) const {
    for (const Chunk& chunk : chunks_) {
      for (const T& value : chunk) {
        if (!visit(value)) return;
      }
    }
  }

  void Clear() {
    chunks_.clear();
    size_ = 0;
  }

 private:
  static constexpr std::size_t kChunkMax = 128;
  using Chunk = std::vector<T>;

  // The last run whose first value is not greater; the first run for a value before all.
  std::size_t ChunkFor(const T& value) const {
    const auto after =
        std::upper_bound(chunks_.begin(), chunks_.end(), value,
                         [](const T& v, const Chunk& chunk) { return v < chunk.front(); });
    return after == chunks_.begin() ? 0 : static_cast<std::size_t>(after - chunks_.begin()) - 1;
  }

  const T* FirstOf(std::size_t at) const {
    return at < chunks_.size() ? &chunks_[at].front() : nullptr;
  }

  // Where a value goes that comes after all of a full run: the next run, or a new one, so that
  // arrivals in order leave full runs behind.
  std::size_t RunAfter(std::size_t at) {
    if (at + 1 == chunks_.size() || chunks_[at + 1].size() >= kChunkMax) {
      chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(at) + 1, Chunk{});
    }
    return at + 1;
  }

  // Cuts a full run in two and says which half takes `value`.
  std::size_t HalfOf(std::size_t at, const T& value) {
    const auto half = static_cast<std::ptrdiff_t>(kChunkMax / 2);
    Chunk upper(chunks_[at].begin() + half, chunks_[at].end());
    chunks_[at].resize(static_cast<std::size_t>(half));
    const bool is_upper = upper.front() < value;
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::move(upper));
    return is_upper ? at + 1 : at;
  }

  void MergeWithNext(std::size_t at) {
    if (at + 1 >= chunks_.size()) return;
    Chunk& next = chunks_[at + 1];
    if (chunks_[at].size() + next.size() > kChunkMax / 2) return;
    chunks_[at].insert(chunks_[at].end(), next.begin(), next.end());
    chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }

  std::vector<Chunk> chunks_;
  std::size_t size_ = 0;
};

}  // namespace usher::engine
