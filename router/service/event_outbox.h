// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>

#include <google/protobuf/repeated_ptr_field.h>

#include "router/service/domain_hub.h"
#include "usher/routing/v1/event.pb.h"

namespace usher::service {

// Events that gather while a stream's last message is being sent. They are kept as references into
// the commits, which streams share, and written out only when the message is filled. Bounded in
// events and in what the commits hold: a stream that falls further behind must resynchronise.
class EventOutbox {
 public:
  static constexpr std::size_t kEventsMax = 100'000;
  static constexpr std::size_t kBytesMax = 64 << 20;
  static constexpr std::size_t kEventsPerMessage = 2'000;
  // A message ends behind the commit with which it reaches the first; only a commit that reaches
  // the second by itself is told in parts. With what else a message carries: within 4 MiB.
  static constexpr std::size_t kBytesPerMessage = 1 << 20;
  static constexpr std::size_t kBytesPerMessageMax = 2 << 20;

  explicit EventOutbox(std::size_t events_max = kEventsMax) : events_max_(events_max) {}

  // False at a bound.
  bool Push(const EventRef& event);
  // Of a replay, which has bounds of its own (replay.h).
  void PushReplayed(const EventRef& event);

  // Writes the oldest events that show anything; true when some are left for the next message.
  bool Fill(google::protobuf::RepeatedPtrField<routing::v1::Event>& out);

  bool empty() const { return events_.empty(); }
  std::size_t bytes() const { return bytes_; }
  // Lets go of the memory too.
  void Clear();
  // The last commit of which Fill took every event that was pushed.
  store::CommitSeq last_sequence() const { return last_sequence_; }

 private:
  void Pop();

  const std::size_t events_max_;
  std::deque<EventRef> events_;
  std::size_t bytes_ = 0;  // of the commits that events_ keep
  store::CommitSeq last_sequence_ = 0;
};

// Why a stream that does not read is cut.
Error TooSlow();

}  // namespace usher::service
