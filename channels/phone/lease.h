// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/time.h"

namespace usher::phone {

// Which of several processes serves a switch. Whoever does writes its name and a number that grows
// into a global variable of the switch, and whoever does not looks at it: a text that stands still
// for some looks is of a process that is gone, or has lost the switch.
//
// Pure: to write, to look and to wait are the switch's.
class Lease {
 public:
  static constexpr Duration kEvery{1'000};  // between two writings, and between two looks
  static constexpr int kLooks = 3;          // at the same text

  // `mark` stands between name and number, and in no name.
  Lease(std::string holder, char mark) : holder_(std::move(holder)), mark_(mark) {}

  // What to write next, such as `calls-1 17`.
  std::string Next() { return holder_ + mark_ + std::to_string(++number_); }
  bool IsOthers(const std::string& text) const {
    return !text.empty() && text.rfind(holder_ + mark_, 0) != 0;
  }

  enum class Sight {
    kServe,      // nobody does
    kStandBy,    // somebody does, seen for the first time
    kStillThere  // and again
  };
  // One look of a process that does not serve.
  Sight Look(const std::string& text) {
    unchanged_ = text == seen_ ? unchanged_ + 1 : 0;
    seen_ = text;
    if (IsOthers(text) && unchanged_ < kLooks) {
      return std::exchange(standing_by_, true) ? Sight::kStillThere : Sight::kStandBy;
    }
    standing_by_ = false;
    seen_.clear();
    unchanged_ = 0;
    return Sight::kServe;
  }
  // Another process took the switch from this one; `text` is what it wrote, where that was read.
  void Lose(const std::string& text) {
    standing_by_ = true;
    seen_ = text;
    unchanged_ = 0;
  }

 private:
  const std::string holder_;
  const char mark_;
  std::uint64_t number_ = 0;
  bool standing_by_ = false;
  std::string seen_;
  int unchanged_ = 0;
};

}  // namespace usher::phone
