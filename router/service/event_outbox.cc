// SPDX-License-Identifier: Apache-2.0
#include "router/service/event_outbox.h"

#include <utility>

#include "base/failpoint.h"
#include "router/service/event_wire.h"

namespace usher::service {

bool EventOutbox::Push(const EventRef& event) {
  if (events_.size() >= events_max_ || bytes_ >= kBytesMax) return false;
  PushReplayed(event);
  return true;
}

void EventOutbox::PushReplayed(const EventRef& event) {
  if (events_.empty() || events_.back().told != event.told) bytes_ += event.commit_bytes;
  events_.push_back(event);
}

void EventOutbox::Pop() {
  const EventRef taken = std::move(events_.front());
  events_.pop_front();
  if (events_.empty() || events_.front().told != taken.told) bytes_ -= taken.commit_bytes;
}

void EventOutbox::Clear() {
  events_ = {};
  bytes_ = 0;
}

bool EventOutbox::Fill(google::protobuf::RepeatedPtrField<routing::v1::Event>& out) {
  if (!events_.empty()) Reach(Failpoint::kStreamFill);
  std::size_t bytes = 0;
  store::CommitSeq taken = last_sequence_;
  while (!events_.empty()) {
    // Events of one commit stay together, so that a sequence is told whole.
    const EventRef& ref = events_.front();
    const bool full =
        out.size() >= static_cast<int>(kEventsPerMessage) || bytes >= kBytesPerMessage;
    if ((full && ref.told->sequence != taken) || bytes >= kBytesPerMessageMax) break;
    taken = ref.told->sequence;
    routing::v1::Event* event = out.Add();
    if (FillEvent(*ref.told, ref.index, *event)) {
      bytes += event->ByteSizeLong();
    } else {
      out.RemoveLast();
    }
    Pop();
  }
  const bool in_part = !events_.empty() && events_.front().told->sequence == taken;
  last_sequence_ = in_part ? taken - 1 : taken;
  return !events_.empty();
}

Error TooSlow() {
  return {Code::kResourceExhausted, "TOO_SLOW",
          "this stream reads slower than events happen; more wait than are kept",
          "connect again, resume from the last sequence, and read faster"};
}

}  // namespace usher::service
