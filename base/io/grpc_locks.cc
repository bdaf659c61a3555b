// SPDX-License-Identifier: Apache-2.0
#include "base/io/grpc_locks.h"

#include <absl/synchronization/mutex.h>

namespace usher::io {

void TrustGrpcLocks() { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }

}  // namespace usher::io
