// SPDX-License-Identifier: Apache-2.0
#include "usher/signals.h"

#include <csignal>

#include <pthread.h>

namespace usher::app {

namespace {

sigset_t StopSet() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = StopSet();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(bugprone-signal-handler): no handler runs
}

void StopSignals::Wait() const {
  const sigset_t set = StopSet();
  int signal = 0;
  sigwait(&set, &signal);
}

}  // namespace usher::app
