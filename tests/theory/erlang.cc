// SPDX-License-Identifier: Apache-2.0
#include "tests/theory/erlang.h"

#include <cmath>
#include <vector>

namespace usher::theory {

double ErlangB(double erlangs, int agents) {
  double blocked = 1;
  for (int n = 1; n <= agents; ++n) blocked = erlangs * blocked / (n + erlangs * blocked);
  return blocked;
}

ErlangC SolveErlangC(const Load& load, double in_time_s) {
  const double a = load.Erlangs();
  const double n = load.agents;
  const double b = ErlangB(a, load.agents);
  const double delayed = n * b / (n - a * (1 - b));
  const double spare = n - a;
  ErlangC c;
  c.delayed = delayed;
  c.wait_s = delayed * load.handle_s / spare;
  c.in_time = 1 - delayed * std::exp(-spare * in_time_s / load.handle_s);
  c.waiting = delayed * a / spare;
  c.occupancy = a / n;
  c.wait_p90_s = delayed > 0.1 ? load.handle_s / spare * std::log(delayed / 0.1) : 0;
  const double roots = std::sqrt(n) - std::sqrt(a);
  c.relaxation_s = load.handle_s / (roots * roots);
  return c;
}

double IncompleteBeta(double x, double a, int n) {
  double term = std::exp(a * std::log(x));
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    sum += term;
    term *= (a + i) / (i + 1) * (1 - x);
  }
  return sum;
}

namespace {

// Probabilities of a birth-death chain up to where they vanish, from birth and death rates.
template <class Birth, class Death>
std::vector<double> Stationary(int states_max, Birth birth, Death death) {
  std::vector<double> p{1};
  double sum = 1;
  for (int j = 1; j <= states_max; ++j) {
    const double next = p.back() * birth(j - 1) / death(j);
    p.push_back(next);
    sum += next;
    // Scaled, so that thousands of agents overflow nothing.
    if (sum > 1e200) {
      for (double& each : p) each /= sum;
      sum = 1;
    }
    if (next < sum * 1e-18 && birth(j) < death(j + 1)) break;
  }
  double total = 0;
  for (const double each : p) total += each;
  for (double& each : p) each /= total;
  return p;
}

}  // namespace

ErlangA SolveErlangA(const Load& load, double patience_s, double in_time_s) {
  const double lambda = load.per_hour / 3600;
  const double mu = 1 / load.handle_s;
  const double theta = 1 / patience_s;
  const int n = load.agents;
  const std::vector<double> p = Stationary(
      1'000'000, [&](int) { return lambda; },
      [&](int j) { return j <= n ? j * mu : n * mu + (j - n) * theta; });
  ErlangA a;
  double waiting = 0;
  double busy = 0;
  const double c = n * mu / theta;
  const double x = std::exp(-theta * in_time_s);
  for (std::size_t state = 0; state < p.size(); ++state) {
    const int j = static_cast<int>(state) - n;  // who wait already, where all are busy
    busy += p[state] * (j < 0 ? static_cast<double>(state) : n);
    if (j < 0) {
      a.served_in_time += p[state];
      a.ended_in_time += p[state];
      continue;
    }
    a.delayed += p[state];
    waiting += p[state] * j;
    // Who finds j waiting would be served after V = −ln(X)/θ with X ~ Beta(nμ/θ, j + 1), and is
    // still there after T if neither that nor her patience has ended.
    a.ended_in_time += p[state] * (1 - x * IncompleteBeta(x, c, j + 1));
    a.served_in_time += p[state] * c / (c + j + 1) * (1 - IncompleteBeta(x, c + 1, j + 1));
  }
  a.wait_s = waiting / lambda;
  a.abandoned = theta * waiting / lambda;
  a.occupancy = busy / n;
  return a;
}

FiniteQueue SolveFiniteQueue(const Load& load, int room) {
  const double lambda = load.per_hour / 3600;
  const double mu = 1 / load.handle_s;
  const int n = load.agents;
  const std::vector<double> p = Stationary(
      n + room, [&](int) { return lambda; }, [&](int j) { return (j < n ? j : n) * mu; });
  double waiting = 0;
  for (std::size_t state = static_cast<std::size_t>(n); state < p.size(); ++state) {
    waiting += p[state] * static_cast<double>(static_cast<int>(state) - n);
  }
  const double lost = static_cast<int>(p.size()) == n + room + 1 ? p.back() : 0;
  return {.lost = lost, .wait_s = waiting / (lambda * (1 - lost))};
}

}  // namespace usher::theory
