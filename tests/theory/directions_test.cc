// SPDX-License-Identifier: Apache-2.0
// What changes, and by how much, when one assumption of the textbooks is broken at a time. With one
// agent the answers are exact (Pollaczek and Khinchine 1930, Cobham 1954, Kleinrock 1965).
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/theory/measure.h"

namespace usher::theory {
namespace {

using simulation::Distribution;
using std::chrono::seconds;

constexpr int kSeeds = 20;
#ifdef NDEBUG
constexpr double kArrivals = 15'000;
#else
constexpr double kArrivals = 1'500;
#endif
constexpr double kWarmUpS = 20'000;  // six relaxations of the slowest of these queues

// Calls of 100 s by which one agent is busy for 70 % of the time.
constexpr Load kOneAgent{.per_hour = 25.2, .handle_s = 100, .agents = 1};
constexpr double kPerS = 25.2 / 3600;

CallCentre OneAgent() { return MakeCallCentre(kOneAgent, {kArrivals, kWarmUpS}, seconds{20}); }

void ExpectNear(const Measured& measured, double truth) {
  EXPECT_LE(std::fabs(measured.mean - truth), measured.Tolerance(truth))
      << "theory " << truth << ", simulated " << measured.mean << ", standard deviation of a run "
      << measured.deviation;
}

// The mean wait for one agent, by the second moment of the time that each contact holds her.
double PollaczekKhinchine(double per_s, double mean, double second_moment) {
  return per_s * second_moment / (2 * (1 - per_s * mean));
}

TEST(DirectionsTest, HandleTimesThatNeverVaryHalveTheWait) {
  CallCentre centre = OneAgent();
  centre.traffic.conduct.handle = Distribution::Fixed(seconds{100});
  const double truth = PollaczekKhinchine(kPerS, 100, 100 * 100);
  EXPECT_NEAR(truth, SolveErlangC(kOneAgent, 20).wait_s / 2, 1e-9);
  ExpectNear(MeasuredOf(Measure(centre, kSeeds), "answer_wait_mean"), truth);
}

// For several agents nothing exact is known; Cosmetatos' correction (1975) is good to some percent.
TEST(DirectionsTest, HandleTimesThatNeverVaryAboutHalveTheWaitForManyAgents) {
  const Load load{200, 180, 12};
  CallCentre centre = MakeCallCentre(load, {kArrivals, kWarmUpS}, seconds{20});
  centre.traffic.conduct.handle = Distribution::Fixed(seconds{180});
  const double n = load.agents;
  const double busy = load.Erlangs() / n;
  const double factor =
      (1 + (1 - busy) * (n - 1) * (std::sqrt(4 + 5 * n) - 2) / (16 * n * busy)) / 2;
  const Measured wait = MeasuredOf(Measure(centre, kSeeds), "answer_wait_mean");
  const double truth = SolveErlangC(load, 20).wait_s * factor;
  EXPECT_LE(std::fabs(wait.mean - truth), wait.Tolerance(truth) + 0.03 * truth)
      << "expected " << truth << ", simulated " << wait.mean;
}

TEST(DirectionsTest, TheWaitFollowsTheVarianceOfHandleTimes) {
  CallCentre regular = OneAgent();
  regular.traffic.conduct.handle = Distribution::Erlang(2, seconds{100});
  ExpectNear(MeasuredOf(Measure(regular, kSeeds), "answer_wait_mean"),
             PollaczekKhinchine(kPerS, 100, 1.5 * 100 * 100));
  CallCentre wild = OneAgent();
  wild.traffic.conduct.handle = Distribution::Lognormal(seconds{100}, seconds{120});
  ExpectNear(MeasuredOf(Measure(wild, kSeeds), "answer_wait_mean"),
             PollaczekKhinchine(kPerS, 100, (1 + 1.44) * 100 * 100));
}

// While it rings the agent is taken: ringing is handling, and the wait holds one ringing more.
TEST(DirectionsTest, RingingCountsAsHandling) {
  CallCentre centre = OneAgent();
  constexpr double kRing = 12;
  centre.traffic.agents[0].answer = Distribution::Fixed(seconds{12});
  const double mean = 100 + kRing;
  const double second_moment = 100 * 100 + mean * mean;  // variance of the talk, square of the mean
  ExpectNear(MeasuredOf(Measure(centre, kSeeds), "answer_wait_mean"),
             PollaczekKhinchine(kPerS, mean, second_moment) + kRing);
}

// Calls and chats share an agent who takes one contact at a time; calls always go first. Whatever
// the order, the sum of load times wait stays: what one class gains, the other pays.
TEST(DirectionsTest, PrioritiesObeyTheConservationLaw) {
  CallCentre centre = OneAgent();
  simulation::Traffic& traffic = centre.traffic;
  traffic.streams[0].rates[0].per_hour = 12;
  traffic.streams[0].priority = 5;
  simulation::Stream chats = traffic.streams[0];
  chats.name = "chats";
  chats.channel = engine::Channel::kChat;
  chats.priority = 0;
  chats.rates[0].per_hour = 9;
  chats.conduct.handle = Distribution::Fixed(seconds{150});
  traffic.streams.push_back(chats);
  const double calls_per_s = 12.0 / 3600;
  const double chats_per_s = 9.0 / 3600;
  const double call_load = calls_per_s * 100;
  const double chat_load = chats_per_s * 150;
  const double residual =
      (calls_per_s * 2 * 100 * 100 + chats_per_s * 150 * 150) / 2;  // W0: what is left of a talk
  const double call_wait = residual / (1 - call_load);
  const double chat_wait = call_wait / (1 - call_load - chat_load);
  std::vector<double> calls;
  std::vector<double> others;
  std::vector<double> conserved;
  for (const simulation::Report& run : Measure(centre, kSeeds)) {
    const std::size_t mean = simulation::FigureOf("answer_wait_mean");
    calls.push_back(run.channels.at("voice")[mean]);
    others.push_back(run.channels.at("chat")[mean]);
    conserved.push_back(call_load * calls.back() + chat_load * others.back());
  }
  ExpectNear(MeasuredOf(calls), call_wait);
  ExpectNear(MeasuredOf(others), chat_wait);
  const double load = call_load + chat_load;
  ExpectNear(MeasuredOf(conserved), load * residual / (1 - load));
}

// A queue with max_waiting: who finds it full is refused.
TEST(DirectionsTest, AFullQueueRefusesAsTheBirthDeathChainSays) {
  const Load load{200, 180, 10};
  CallCentre centre = MakeCallCentre(load, {kArrivals, 0}, seconds{20});
  centre.domain.queues[0].max_waiting = 3;
  const auto runs = Measure(centre, kSeeds);
  const FiniteQueue truth = SolveFiniteQueue(load, 3);
  std::vector<double> refused;
  for (const simulation::Report& run : runs) {
    refused.push_back(run.all[simulation::FigureOf("refused")] /
                      run.all[simulation::FigureOf("offered")]);
  }
  ExpectNear(MeasuredOf(refused), truth.lost);
  ExpectNear(MeasuredOf(runs, "answer_wait_mean"), truth.wait_s);
}

}  // namespace
}  // namespace usher::theory
