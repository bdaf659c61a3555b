// SPDX-License-Identifier: Apache-2.0
#include "router/runtime/remembered_replies.h"

namespace usher::runtime {

void RememberedReplies::Remember(const store::ReplyRecord& reply) {
  if (reply.request_id.empty() || by_request_.contains(reply.request_id)) return;
  if (order_.size() == replies_max_) {
    by_request_.erase(order_.front().request_id);
    order_.pop_front();
  }
  const store::ReplyRecord& kept = order_.emplace_back(reply);
  by_request_.emplace(kept.request_id, &kept);
}

const store::ReplyRecord* RememberedReplies::Find(std::string_view request_id) const {
  const auto found = by_request_.find(request_id);
  return found == by_request_.end() ? nullptr : found->second;
}

void RememberedReplies::Clear() {
  by_request_.clear();
  order_.clear();
}

}  // namespace usher::runtime
