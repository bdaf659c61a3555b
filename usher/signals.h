// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace usher::app {

// Keeps SIGINT and SIGTERM from ending the process and waits for one of them. Made before any
// thread, so that all threads inherit the mask; SIGPIPE is ignored.
class StopSignals {
 public:
  StopSignals();
  void Wait() const;
};

}  // namespace usher::app
