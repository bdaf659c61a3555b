// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "router/engine/engine.h"
#include "tests/simulation/action.h"
#include "tests/simulation/dice.h"

namespace usher::engine::simulation {

inline constexpr std::uint64_t kSecondSeries = 1'000'000'000'000;

// Customers, agents, supervisors, adapters and bad luck, all by chance: what people would do next
// in the state that the engine shows, now and then what they would never do, and the faults of the
// way in between (commands lost and repeated, overtaken, long after their time; clocks that jump
// and fall; routers that die; configurations edited under the contacts).
//
// Each seed also rolls its own temper: how crowded and how fast the world is, how often each kind
// of thing happens, and whether it does at all, for some states are reached only where others are
// left out.
//
// What a seed below kSecondSeries draws never changes, for kept seeds and golden digests name
// worlds by it. From there on there are also consults, what supervisors do, calls that become
// callbacks, adapters that are lost with all that they had, and wrap-ups by channel.
class Workload {
 public:
  explicit Workload(std::uint64_t seed);

  const Domain& first_domain() const { return first_; }
  Action Next(const Engine& engine, Instant now);

 private:
  struct Temper {
    std::uint64_t contacts_max = 20;
    std::uint64_t pace_ms = 2000;  // commands come up to this far apart
    std::uint64_t submits = 20;    // of 100
    std::uint64_t agents = 20;     // of 100
    std::uint64_t diligence = 70;  // of 100: agents do the natural next thing
    std::uint64_t restarts = 0;    // one in so many; 0: never
    std::uint64_t edits = 0;
    std::uint64_t faults = 0;
    std::uint64_t jumps = 0;
  };

  Temper RollTemper();
  Instant NextInstant(const Engine& engine, Instant now);
  std::string AnyAdapter();
  Command Fresh(const Engine& engine, Instant now);
  Command NextSubmit(Instant now);
  Command NextForAgent(const Engine& engine);
  Command NextOfSecondSeries(const Engine& engine, Instant now);
  Command ConsultAbout(const Engine& engine, const ContactRow& contact);
  AgentId LikelyAgent(const Engine& engine);
  Command NextOfConsult(const Engine& engine, const ContactRow& contact);
  Command NextBySupervisor(const Engine& engine);
  Command NextForChannel(const Engine& engine);
  Command NextOfAdapters(const ContactRow& contact, Instant now);
  Command LoseAdapter(const Engine& engine);
  Command NaturalFor(const ContactRow& contact);
  Command AnyFor(const ContactRow& contact);
  Command AnswerTo(const ContactRow& contact, const OpenOffer& offer);
  Command TransferOf(const ContactRow& contact, const AgentId& by);
  Command UpdateOf(const ContactRow& contact);
  ContactRow AnyContact(const Engine& engine);
  AgentId AnyAgent();
  QueueId AnyQueue();

  Dice dice_;
  bool is_second_series_ = false;
  std::string mark_;
  Domain first_;
  Domain domain_;  // of the engine at the moment
  std::uint64_t version_ = 1;
  Temper temper_;
  std::deque<Command> sent_;     // the last ones
  std::vector<Command> on_way_;  // overtaken, still to come
  std::vector<Command> burst_;   // to come at once, the last first
};

}  // namespace usher::engine::simulation
