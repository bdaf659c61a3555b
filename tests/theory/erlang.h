// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace usher::theory {

// A queue of the textbooks: Poisson arrivals, exponential handle times, equal agents, first come
// first served.
struct Load {
  double per_hour = 0;  // arrivals
  double handle_s = 0;  // mean
  int agents = 1;

  double Erlangs() const { return per_hour * handle_s / 3600; }
};

// Who finds all busy is lost. A. K. Erlang 1917; the recursion B(n) = A·B(n−1) / (n + A·B(n−1)).
double ErlangB(double erlangs, int agents);

// Who finds all busy waits as long as it takes; the load must be below the agents.
struct ErlangC {
  double delayed = 0;  // share that waits
  double wait_s = 0;   // mean of all: ASA
  double in_time = 0;  // share that waits at most T
  double waiting = 0;  // mean number
  double occupancy = 0;
  double wait_p90_s = 0;
  double relaxation_s = 0;  // time after which an empty start is forgotten by a factor of e
};
ErlangC SolveErlangC(const Load& load, double in_time_s);

// Who waits has an exponential patience (Palm; Mandelbaum & Zeltyn 2005): a birth-death chain.
struct ErlangA {
  double delayed = 0;
  double abandoned = 0;       // share
  double wait_s = 0;          // mean of all, those who leave too
  double served_in_time = 0;  // share of all that is answered within T
  double ended_in_time = 0;   // share that is answered or has left within T
  double occupancy = 0;
};
ErlangA SolveErlangA(const Load& load, double patience_s, double in_time_s);

// At most `room` wait; who finds no room is lost. The share lost, and the mean wait of the others.
struct FiniteQueue {
  double lost = 0;
  double wait_s = 0;
};
FiniteQueue SolveFiniteQueue(const Load& load, int room);

// The regularised incomplete beta function I_x(a, n) of a whole n: a finite sum.
double IncompleteBeta(double x, double a, int n);

}  // namespace usher::theory
