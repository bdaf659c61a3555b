// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "router/store/commit.h"

namespace usher::runtime {

// The answers of the latest commands that took effect, by request id, so that a command that is
// tried again is answered again and not done again. Bounded: the oldest is forgotten first.
class RememberedReplies {
 public:
  explicit RememberedReplies(std::size_t replies_max) : replies_max_(replies_max) {}

  // The id must not be remembered yet; an empty one is not remembered.
  void Remember(const store::ReplyRecord& reply);
  // Null on a miss; valid until the next call of Remember or Clear.
  const store::ReplyRecord* Find(std::string_view request_id) const;
  void Clear();
  std::size_t size() const { return order_.size(); }

 private:
  std::size_t replies_max_;
  std::deque<store::ReplyRecord> order_;  // oldest first; a deque's elements do not move
  std::unordered_map<std::string_view, const store::ReplyRecord*> by_request_;
};

}  // namespace usher::runtime
