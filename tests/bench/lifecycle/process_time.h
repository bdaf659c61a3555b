// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

namespace usher::bench {

// The processor time, user and system, that a process has used so far. Ends the program when there
// is no such process: a benchmark without its servers has nothing to say.
double CpuSeconds(pid_t pid);

}  // namespace usher::bench
