// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "router/engine/state.h"

// Events of adapters: their streams, and contacts that go on at another.

namespace usher::engine {

void State::On(const AdapterChanged& event, Instant) {
  if (event.is_gone) {
    adapters_.erase(event.adapter);
  } else {
    adapters_[event.adapter] = {event.lost_at, event.check_at};
  }
  RearmAdapters();
}

void State::On(const Claimed& event, Instant) {
  LiveContact& contact = Get(event.contact);
  if (!contact.payload) contact.payload = std::make_unique<ContactPayload>();
  contact.payload->adapter = event.adapter;
}

// One timer for all of them, at the earliest: they are few, and hardly ever lost.
void State::RearmAdapters() {
  Instant next = kNever;
  for (const auto& [name, adapter] : adapters_) {
    if (adapter.lost_at) next = std::min(next, adapter.check_at);
  }
  if (next == adapters_checked_at_) return;
  if (adapters_checked_at_ != kNever) {
    timers_.Erase({adapters_checked_at_, 0, 0, TimerKind::kAdapter});
  }
  if (next != kNever) timers_.Insert({next, 0, 0, TimerKind::kAdapter});
  adapters_checked_at_ = next;
}

}  // namespace usher::engine
