// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace usher::bench {

// Processor time of this thread so far. A call into the kernel of some 200 ns: for blocks of work.
std::int64_t CpuNs();
// A steady clock, some 25 ns a look: for single commands. Sees whatever else the machine does.
std::int64_t SteadyNs();

// Of any numbers; 0 for none.
double Median(std::vector<double> values);
double Quantile(std::vector<std::int64_t>& values, double share);

}  // namespace usher::bench
