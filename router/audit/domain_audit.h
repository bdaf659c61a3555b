// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "base/id.h"
#include "base/result.h"
#include "router/audit/report.h"
#include "router/store/key_walk.h"

namespace usher::audit {

struct AuditOptions {
  // Every invariant of the engine is checked where contacts times agents are at most so many.
  std::uint64_t state_check_max = 400'000'000;
};

// Goes through everything that Redis holds of a domain and names what is wrong: each commit of the
// log, each checkpoint, each row, each place in a queue, each parked record, and the customers,
// timelines and conversations.
//
// It reads only, in small pages, and may run while a router leads. Rows are read together with the
// watermark that says which commit they stand at, and are compared with an engine that has folded
// the log to that very commit, so what moves meanwhile is never taken for damage.
//
// NOT_FOUND/UNKNOWN_DOMAIN; UNAVAILABLE/ROWS_MOVE when the rows never stood still for a page;
// ABORTED/HISTORY_MOVED when the log was cut again and again; RECORD_TOO_NEW; and what Redis says.
Result<DomainReport> AuditDomain(store::KeyWalk& redis, const DomainId& domain,
                                 const AuditOptions& options);

}  // namespace usher::audit
