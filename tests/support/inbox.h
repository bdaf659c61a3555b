// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace usher::testing {

// What callbacks on other threads have said, in order, for a test that waits for it. No wait takes
// longer than ten seconds.
template <class T>
class Inbox {
 public:
  void Push(T item) {
    {
      std::lock_guard lock(mutex_);
      items_.push_back(std::move(item));
    }
    changed_.notify_all();
  }

  // The next item that fits, after the last one that this gave; those between are skipped. Nothing
  // when none comes.
  std::optional<T> Next(const std::function<bool(const T&)>& fits) {
    std::unique_lock lock(mutex_);
    std::optional<T> found;
    changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      for (; read_ < items_.size() && !found; ++read_) {
        if (fits(items_[read_])) found = items_[read_];
      }
      return found.has_value();
    });
    return found;
  }
  std::optional<T> Next() {
    return Next([](const T&) { return true; });
  }

  // Everything so far.
  std::vector<T> all() const {
    std::lock_guard lock(mutex_);
    return items_;
  }
  bool AwaitCount(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10),
                             [&] { return items_.size() >= count; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> items_;
  std::size_t read_ = 0;
};

}  // namespace usher::testing
