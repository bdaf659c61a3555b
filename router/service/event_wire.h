// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "router/runtime/told.h"
#include "usher/routing/v1/event.pb.h"

namespace usher::service {

// Event `index` of a commit as the contract shows it. False, with `out` untouched, for events that
// are steps of others and tell a watcher nothing (`submitted`, `completed`, `step`).
bool FillEvent(const runtime::Told& told, std::size_t index, routing::v1::Event& out);

// The same for an event alone, long after: without the contact as it was then.
bool FillPastEvent(store::CommitSeq sequence, const engine::Event& event, routing::v1::Event& out);

}  // namespace usher::service
