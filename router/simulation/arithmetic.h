// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace usher::simulation {

// Logarithm and exponential of sums and products only, so that a simulation draws the same on every
// machine: those of a mathematics library differ in the last bit from one processor to another, and
// a bit is enough to let two customers change places. Correct to a few units in the last place.

// Of x > 0.
double Logarithm(double x);

// Of any x; what would overflow or vanish is that of ±700.
double Exponential(double x);

}  // namespace usher::simulation
