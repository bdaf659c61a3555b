// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <shared_mutex>

namespace usher::io {

// Keeps new calls away from an in-process server that shuts down. gRPC's in-process transport calls
// through a null pointer when a call is made to a server that has been shut down (seen with 1.51),
// so a client that reconnects in the same process could crash it. GrpcServer closes its gate first.
// Thread-safe.
class CallGate {
 public:
  // Runs `make_call` while the gate is held open; false, without running it, once it is closed.
  bool Pass(const std::function<void()>& make_call) {
    const std::shared_lock lock(mutex_);
    if (closed_) return false;
    make_call();
    return true;
  }

  // Returns when no call is being made any more.
  void Close() {
    const std::unique_lock lock(mutex_);
    closed_ = true;
  }

 private:
  std::shared_mutex mutex_;
  bool closed_ = false;
};

}  // namespace usher::io
