// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>

#include <google/protobuf/repeated_ptr_field.h>

#include "router/service/domain_hub.h"
#include "usher/routing/v1/event.pb.h"

namespace usher::service {

// Events that gather while a stream's last message is being sent. They are kept as references into
// the commits and written out only when the message is filled. Bounded: a stream that falls further
// behind than `events_max` must be cut, and resumes or starts anew.
class EventOutbox {
 public:
  static constexpr std::size_t kEventsMax = 100'000;
  static constexpr std::size_t kEventsPerMessage = 2'000;  // well within 4 MiB

  // False at the bound.
  bool Push(const EventRef& event) {
    if (events_.size() == kEventsMax) return false;
    events_.push_back(event);
    return true;
  }

  // Writes the oldest events that show anything; true when some are left for the next message.
  bool Fill(google::protobuf::RepeatedPtrField<routing::v1::Event>& out);

  bool empty() const { return events_.empty(); }
  void Clear() { events_.clear(); }
  // The commit of the last event that Fill took.
  store::CommitSeq last_sequence() const { return last_sequence_; }

 private:
  std::deque<EventRef> events_;
  store::CommitSeq last_sequence_ = 0;
};

// Why a stream that does not read is cut.
Error TooSlow();

}  // namespace usher::service
