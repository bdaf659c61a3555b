// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/bench/engine/workload.h"

namespace usher::bench {

// Bytes by what the allocator has handed out, with its own overhead.

// What a contact without payload adds while it waits, with its part of all indexes.
double BytesPerWaitingContact(const Workload& workload);

// An agent who is signed in and idle, with her part of the indexes of every demand that the
// workload knows.
struct AgentBytes {
  double all = 0;
  double configuration = 0;  // of these: her lines of the domain file
};
AgentBytes BytesPerAgent(const Workload& workload);

}  // namespace usher::bench
