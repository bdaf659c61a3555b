// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/check.h"

namespace usher::engine {

// An ordered set of small plain values, kept as sorted runs of at most kRunMax: a flat B+tree of
// two levels. It costs close to sizeof(T) for each value, where a tree of nodes costs twice that
// and a cache miss for each step, and it knows the rank of a value.
//
// Insert and Erase move at most half a run (1.5 kB for 24-byte values), and next to nothing at its
// ends, where queues live; finding is two binary searches. RankOf adds up the sizes of the runs
// before: fine up to the millions that a domain may hold.
template <class T>
class SortedChunks {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const T& front() const { return runs_.front().first; }

  // The value must not be in the set.
  void Insert(const T& value) {
    if (size_++ == 0) {
      if (runs_.empty()) runs_.emplace_back();
      runs_.front().InsertAt(0, value);
      return;
    }
    std::size_t at = RunFor(value);
    if (runs_[at].size() >= kRunMax) {
      at = runs_[at].back() < value ? RunAfter(at) : HalfOf(at, value);
    }
    Run& run = runs_[at];
    const std::size_t place = run.LowerBound(value);
    USHER_CHECK(place == run.size() || value < run[place], "inserted twice");
    run.InsertAt(place, value);
  }

  // The value must be in the set.
  void Erase(const T& value) {
    USHER_CHECK(size_ > 0, "erased from an empty set");
    const std::size_t at = RunFor(value);
    Run& run = runs_[at];
    const std::size_t place = run.LowerBound(value);
    USHER_CHECK(place < run.size() && !(value < run[place]), "erased what is not there");
    run.EraseAt(place);
    // The last run keeps its memory for the next value.
    if (--size_ == 0) return;
    if (run.size() == 0) {
      runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(at));
    } else if (run.size() < kRunMax / 4) {
      MergeWithNext(at);
    }
  }

  bool Contains(const T& value) const {
    const T* found = LowerBound(value);
    return found != nullptr && !(value < *found);
  }

  // The first value that is not less; null past the end. Valid until the next change.
  const T* LowerBound(const T& value) const {
    if (size_ == 0) return nullptr;
    const std::size_t at = RunFor(value);
    const std::size_t place = runs_[at].LowerBound(value);
    return place < runs_[at].size() ? &runs_[at][place] : FirstOf(at + 1);
  }

  // The first value that is greater; null past the end. Valid until the next change.
  const T* UpperBound(const T& value) const {
    if (size_ == 0) return nullptr;
    const std::size_t at = RunFor(value);
    std::size_t place = runs_[at].LowerBound(value);
    if (place < runs_[at].size() && !(value < runs_[at][place])) ++place;
    return place < runs_[at].size() ? &runs_[at][place] : FirstOf(at + 1);
  }

  // How many values are less.
  std::size_t RankOf(const T& value) const {
    if (size_ == 0) return 0;
    const std::size_t at = RunFor(value);
    std::size_t rank = 0;
    for (std::size_t i = 0; i < at; ++i) rank += runs_[i].size();
    return rank + runs_[at].LowerBound(value);
  }

  // The value of this rank, which is below size().
  const T& At(std::size_t rank) const {
    std::size_t at = 0;
    while (rank >= runs_[at].size()) rank -= runs_[at++].size();
    return runs_[at][rank];
  }

  // The rank of the first value for which `is_past` holds, as it does for all after it; size()
  // where there is none.
  template <class IsPast>
  std::size_t RankOfFirst(IsPast&& is_past) const {
    std::size_t rank = 0;
    for (const Run& run : runs_) {
      if (run.size() > 0 && is_past(run.back())) {
        const auto begin = run.slots.begin() + static_cast<std::ptrdiff_t>(run.gap);
        const auto past = std::partition_point(begin, run.slots.end(),
                                               [&](const T& value) { return !is_past(value); });
        return rank + static_cast<std::size_t>(past - begin);
      }
      rank += run.size();
    }
    return rank;
  }

  // In order; `visit(value)` returns false to stop and must not change the set.
  template <class Visit>
  void ForEach(Visit&& visit) const {
    for (const Run& run : runs_) {
      for (std::size_t i = 0; i < run.size(); ++i) {
        if (!visit(run[i])) return;
      }
    }
  }

  void Clear() {
    runs_.clear();
    size_ = 0;
  }

 private:
  static constexpr std::size_t kRunMax = 128;

  // Sorted values with a gap before them, so that the front can leave as cheaply as the back.
  struct Run {
    T first{};  // of the values; here too, so that a search among runs touches nothing else
    std::size_t gap = 0;
    std::vector<T> slots{};

    std::size_t size() const { return slots.size() - gap; }
    const T& operator[](std::size_t place) const { return slots[gap + place]; }
    const T& back() const { return slots.back(); }
    auto At(std::size_t place) { return slots.begin() + static_cast<std::ptrdiff_t>(gap + place); }

    std::size_t LowerBound(const T& value) const {
      const auto begin = slots.begin() + static_cast<std::ptrdiff_t>(gap);
      return static_cast<std::size_t>(std::lower_bound(begin, slots.end(), value) - begin);
    }

    void InsertAt(std::size_t place, const T& value) {
      if (gap > 0 && place <= size() / 2) {
        std::move(At(0), At(place), At(0) - 1);
        --gap;
        *At(place) = value;
      } else {
        // Rather than grow, close a gap that is worth the move.
        if (slots.size() == slots.capacity() && 2 * gap > size()) CloseGap();
        slots.insert(At(place), value);
      }
      if (place == 0) first = value;
    }

    void EraseAt(std::size_t place) {
      if (place < size() / 2) {
        std::move_backward(At(0), At(place), At(place + 1));
        ++gap;
      } else {
        slots.erase(At(place));
      }
      if (size() == 0) {
        slots.clear();
        gap = 0;
      } else if (place == 0) {
        first = *At(0);
      }
    }

    void CloseGap() {
      slots.erase(slots.begin(), At(0));
      gap = 0;
    }
  };

  // The last run whose first value is not greater; the first run for a value before all.
  std::size_t RunFor(const T& value) const {
    const auto after = std::upper_bound(runs_.begin(), runs_.end(), value,
                                        [](const T& v, const Run& run) { return v < run.first; });
    return after == runs_.begin() ? 0 : static_cast<std::size_t>(after - runs_.begin()) - 1;
  }

  const T* FirstOf(std::size_t at) const { return at < runs_.size() ? &runs_[at][0] : nullptr; }

  // Where a value goes that comes after all of a full run: the next run, or a new one, so that
  // arrivals in order leave full runs behind.
  std::size_t RunAfter(std::size_t at) {
    if (at + 1 == runs_.size() || runs_[at + 1].size() >= kRunMax) {
      runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(at) + 1, Run{});
    }
    return at + 1;
  }

  // Cuts a full run in two and says which half takes `value`.
  std::size_t HalfOf(std::size_t at, const T& value) {
    Run& lower = runs_[at];
    Run upper;
    upper.slots.assign(lower.At(kRunMax / 2), lower.slots.end());
    upper.first = upper.slots.front();
    lower.slots.erase(lower.At(kRunMax / 2), lower.slots.end());
    const bool is_upper = upper.first < value;
    runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(at) + 1, std::move(upper));
    return is_upper ? at + 1 : at;
  }

  void MergeWithNext(std::size_t at) {
    if (at + 1 >= runs_.size()) return;
    Run& run = runs_[at];
    Run& next = runs_[at + 1];
    if (run.size() + next.size() > kRunMax / 2) return;
    run.CloseGap();
    run.slots.insert(run.slots.end(), next.At(0), next.slots.end());
    runs_.erase(runs_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }

  std::vector<Run> runs_;
  std::size_t size_ = 0;
};

}  // namespace usher::engine
