// SPDX-License-Identifier: Apache-2.0
#include "router/service/event_outbox.h"

#include "base/failpoint.h"
#include "router/service/event_wire.h"

namespace usher::service {

bool EventOutbox::Fill(google::protobuf::RepeatedPtrField<routing::v1::Event>& out) {
  if (!events_.empty()) Reach(Failpoint::kStreamFill);
  while (!events_.empty()) {
    // Events of one commit stay together, so that a sequence is told whole.
    const store::CommitSeq sequence = events_.front().told->sequence;
    if (out.size() >= static_cast<int>(kEventsPerMessage) && sequence != last_sequence_) break;
    routing::v1::Event* event = out.Add();
    if (!FillEvent(*events_.front().told, events_.front().index, *event)) out.RemoveLast();
    last_sequence_ = sequence;
    events_.pop_front();
  }
  return !events_.empty();
}

Error TooSlow() {
  return {Code::kResourceExhausted, "TOO_SLOW",
          "this stream reads slower than events happen; more wait than are kept",
          "connect again, resume from the last sequence, and read faster"};
}

}  // namespace usher::service
